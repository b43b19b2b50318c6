using System.Globalization;
using System.Text;

namespace Pipeline.Formats.Columns;

/// <summary>
/// Reads ClickHouse type names as <c>system.columns.type</c> and Native blocks spell them, with any white space, and the short
/// forms a
/// person writes (<c>Decimal64(2)</c>, <c>Enum('a', 'b')</c>). Recursive descent; the depth is bounded because the text may come
/// from a peer.
/// </summary>
ref struct TypeParser
{
    const int MaxDepth = 64;

    static readonly string[] s_names =
    [
        "Bool", "Int8", "Int16", "Int32", "Int64", "Int128", "UInt8", "UInt16", "UInt32", "UInt64", "UInt128", "Float32",
        "Float64", "Decimal",
        "Decimal32", "Decimal64", "Decimal128", "String", "FixedString", "UUID", "Date", "Date32", "DateTime", "DateTime64",
        "Enum", "Enum8",
        "Enum16", "IPv4", "IPv6", "Nullable", "LowCardinality", "Array", "Tuple", "Map", "Nothing",
    ];

    readonly string _text;
    int _at;
    int _depth;

    TypeParser(string text) => _text = text;

    public static ColumnType Parse(string name)
    {
        var parser = new TypeParser(name);
        var type = parser.ReadType();
        parser.SkipSpace();
        return parser._at == name.Length ? type : throw parser.Unexpected("the end");
    }

    ColumnType ReadType()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException($"The type '{Shown()}' is nested deeper than {MaxDepth} levels.");
        }

        var start = _at;
        var name = ReadWord();
        ColumnType type = name switch
        {
            "Bool" => new BoolType(),
            "Int8" or "Int16" or "Int32" or "Int64" or "Int128" => new IntegerType(Number(name[3..]), Signed: true),
            "UInt8" or "UInt16" or "UInt32" or "UInt64" or "UInt128" => new IntegerType(Number(name[4..]), Signed: false),
            "Float32" or "Float64" => new FloatType(Number(name[5..])),
            "Decimal" => ReadDecimal(start),
            "Decimal32" or "Decimal64" or "Decimal128" => ReadSizedDecimal(name, start),
            "String" => new StringType(),
            "FixedString" => new FixedStringType(ReadArgument(1, FixedStringType.MaxLength)),
            "UUID" => new UuidType(),
            "Date" => new DateType(),
            "Date32" => new Date32Type(),
            "DateTime" => new DateTimeType(ReadZone()),
            "DateTime64" => ReadDateTime64(),
            "Enum" or "Enum8" or "Enum16" => ReadEnum(name),
            "IPv4" => new IPv4Type(),
            "IPv6" => new IPv6Type(),
            "Nullable" => ReadNullable(),
            "LowCardinality" => ReadLowCardinality(),
            "Array" => new ArrayType(ReadOnly()),
            "Tuple" => ReadTuple(),
            "Map" => ReadMap(),
            "Nothing" => new NothingType(),
            _ => throw Unknown(name, start),
        };
        _depth--;
        return type;
    }

    DecimalType ReadDecimal(int start)
    {
        var (precision, scale) = (10, 0);
        if (TryTake('('))
        {
            precision = ReadNumber();
            if (TryTake(','))
            {
                scale = ReadNumber();
            }

            Take(')');
        }

        return MakeDecimal(precision, scale, start);
    }

    DecimalType ReadSizedDecimal(string name, int start)
    {
        var precision = name switch { "Decimal32" => 9, "Decimal64" => 18, _ => DecimalType.MaxPrecision };
        return MakeDecimal(precision, ReadArgument(0, precision), start);
    }

    readonly DecimalType MakeDecimal(int precision, int scale, int start)
    {
        if (precision is < 1 or > DecimalType.MaxPrecision || scale < 0 || scale > precision)
        {
            throw new FormatException(
                $"The type '{_text[start.._at]}' is not supported: a decimal has 1 to {DecimalType.MaxPrecision} digits, and no more of them behind the point.");
        }

        return new DecimalType(precision, scale);
    }

    string? ReadZone()
    {
        if (!TryTake('('))
        {
            return null;
        }

        var zone = ReadQuoted('\'');
        Take(')');
        return zone;
    }

    DateTime64Type ReadDateTime64()
    {
        if (!TryTake('('))
        {
            return new DateTime64Type(3, Zone: null);
        }

        var scale = ReadNumber();
        if (scale is < 0 or > 9)
        {
            throw new FormatException($"The type '{Shown()}' is not supported: DateTime64 has 0 to 9 digits behind the point, not {scale}.");
        }

        var zone = TryTake(',') ? ReadQuoted('\'') : null;
        Take(')');
        return new DateTime64Type(scale, zone);
    }

    EnumType ReadEnum(string name)
    {
        var members = new List<EnumMember>();
        var next = 1;
        Take('(');
        do
        {
            var member = ReadQuoted('\'');
            if (TryTake('='))
            {
                next = ReadNumber();
            }

            if (next is < short.MinValue or > short.MaxValue)
            {
                throw new FormatException($"The value {next} of '{member}' does not fit an Enum16.");
            }

            members.Add(new EnumMember(member, (short)next++));
        }
        while (TryTake(','));

        Take(')');
        var fitsByte = members.TrueForAll(m => m.Value is >= sbyte.MinValue and <= sbyte.MaxValue);
        return new EnumType(name == "Enum8" || (name == "Enum" && fitsByte) ? 8 : 16, members);
    }

    NullableType ReadNullable()
    {
        var inner = ReadOnly();
        return inner is NullableType or LowCardinalityType or ArrayType or MapType
            ? throw new FormatException($"The type 'Nullable({inner.Name})' does not exist: a {Kind(inner)} cannot be null.")
            : new NullableType(inner);
    }

    LowCardinalityType ReadLowCardinality()
    {
        var type = new LowCardinalityType(ReadOnly());
        return type.Value is StringType or FixedStringType or BoolType or IntegerType or FloatType or DateType or Date32Type or DateTimeType
            or UuidType or IPv4Type or IPv6Type
            ? type
            : throw new FormatException($"The type '{type.Name}' does not exist: a {Kind(type.Value)} has no dictionary.");
    }

    TupleType ReadTuple()
    {
        var elements = new List<TupleElement>();
        Take('(');
        if (TryTake(')'))
        {
            return new TupleType(elements);
        }

        do
        {
            elements.Add(new TupleElement(TryReadElementName(), ReadType()));
        }
        while (TryTake(','));

        Take(')');
        return new TupleType(elements);
    }

    /// <summary>
    /// An element's name is a quoted word, or a word followed by another word: <c>a UInt8</c>; <c>UInt8</c> alone is a type.
    /// </summary>
    string? TryReadElementName()
    {
        SkipSpace();
        if (Peek() is '`' or '"')
        {
            return ReadQuoted(Peek());
        }

        var start = _at;
        var word = ReadWord();
        SkipSpace();
        if (IsWord(Peek()))
        {
            return word;
        }

        _at = start;
        return null;
    }

    MapType ReadMap()
    {
        Take('(');
        var key = ReadType();
        Take(',');
        var value = ReadType();
        Take(')');
        return new MapType(key, value);
    }

    ColumnType ReadOnly()
    {
        Take('(');
        var type = ReadType();
        Take(')');
        return type;
    }

    int ReadArgument(int min, int max)
    {
        Take('(');
        var value = ReadNumber();
        Take(')');
        return value >= min && value <= max
            ? value
            : throw new FormatException($"The type '{Shown()}' is not supported: {value} is not between {min} and {max}.");
    }

    string ReadWord()
    {
        SkipSpace();
        var start = _at;
        while (IsWord(Peek()))
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Unexpected("a type");
    }

    int ReadNumber()
    {
        SkipSpace();
        var start = _at;
        if (Peek() == '-')
        {
            _at++;
        }

        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }

        return int.TryParse(_text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var value)
            ? value
            : throw Unexpected("a number");
    }

    /// <summary>A text in quotes: <c>\</c> escapes (with <c>\xHH</c> for a byte) and doubled quotes.</summary>
    string ReadQuoted(char quote)
    {
        Take(quote);
        var bytes = new List<byte>();
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            var c = _text[_at++];
            if (c == quote && Peek() != quote)
            {
                FlushBytes(bytes, text);
                return text.ToString();
            }

            if (c == quote)
            {
                _at++;
            }
            else if (c == '\\' && _at < _text.Length)
            {
                c = TypeText.Unescape(_text[_at++]);
                if (c == 'x' && _at + 2 <= _text.Length
                    && byte.TryParse(_text.AsSpan(_at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                        out var value))
                {
                    _at += 2;
                    bytes.Add(value);
                    continue;
                }
            }

            FlushBytes(bytes, text);
            text.Append(c);
        }

        throw Unexpected($"a closing {quote}");
    }

    static void FlushBytes(List<byte> bytes, StringBuilder text)
    {
        if (bytes.Count > 0)
        {
            text.Append(Encoding.UTF8.GetString([.. bytes]));
            bytes.Clear();
        }
    }

    void Take(char expected)
    {
        if (!TryTake(expected))
        {
            throw Unexpected($"'{expected}'");
        }
    }

    bool TryTake(char expected)
    {
        SkipSpace();
        if (Peek() != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    void SkipSpace()
    {
        while (char.IsWhiteSpace(Peek()))
        {
            _at++;
        }
    }

    readonly char Peek() => _at < _text.Length ? _text[_at] : '\0';

    static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    static string Kind(ColumnType type) => type.Name.Split('(')[0];

    readonly string Shown() => _text.Length <= 200 ? _text : string.Concat(_text.AsSpan(0, 200), "…");

    readonly FormatException Unexpected(string wanted) =>
        new($"The type '{Shown()}' cannot be read: expected {wanted} at character {_at + 1}.");

    readonly FormatException Unknown(string name, int start)
    {
        var near = Array.Find(s_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        var whole = start == 0 ? "" : $" (in '{Shown()}')";
        return near is null
            ? new FormatException($"The type {name}{whole} is not supported.")
            : new FormatException($"The type {name}{whole} is not known; it is spelled {near}.");
    }
}
