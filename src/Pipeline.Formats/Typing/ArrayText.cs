using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Walks over the elements of a JSON array that stands as text in a field. Text that a reader of JSON gave is known to be JSON; any other is read as
/// a whole first.
/// </summary>
ref struct ArrayText
{
    // The reader of the file has limited the depth already; this one must not be stricter.
    static readonly JsonReaderOptions s_options = new() { MaxDepth = 1 << 16 };

    static readonly SearchValues<byte> s_nesting = SearchValues.Create("[]{}\""u8);


    /// <summary>What stands behind a number or a word.</summary>
    public static readonly SearchValues<byte> EndsOfScalars = SearchValues.Create(",] \t\r\n"u8);

    readonly ReadOnlySpan<byte> _text;
    ReadOnlySpan<byte> _element;
    int _next;

    /// <param name="text">What the field holds.</param>
    /// <param name="kind">How it stood in its file.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public ArrayText(ReadOnlySpan<byte> text, FieldKind kind)
    {
        _text = text;
        if (kind != FieldKind.Json)
        {
            ReadWhole(text);
        }

        _next = PassSpace(0) + 1;
        IsArray = text[_next - 1] == (byte)'[';
    }

    /// <summary>False for any other JSON value: it has no elements.</summary>
    public bool IsArray { get; }

    /// <summary>What the current element is. <see cref="FieldKind.Json"/>: an array or an object.</summary>
    public FieldKind Kind { get; private set; }

    public bool MoveNext()
    {
        var at = PassSpace(_next);
        if (_text[at] == (byte)',')
        {
            at = PassSpace(at + 1);
        }

        var first = _text[at];
        if (first == (byte)']')
        {
            return false;
        }

        Kind = first switch
        {
            (byte)'"' => FieldKind.String,
            (byte)'[' or (byte)'{' => FieldKind.Json,
            (byte)'t' or (byte)'f' => FieldKind.Boolean,
            (byte)'n' => FieldKind.Null,
            _ => FieldKind.Number,
        };
        _next = Kind switch
        {
            FieldKind.String => PassString(at),
            FieldKind.Json => PassNested(at),
            _ => at + _text[at..].IndexOfAny(EndsOfScalars),
        };
        _element = _text[at.._next];
        return true;
    }

    /// <summary>
    /// Writes the text of the current element: a string without quotes and escapes, anything else as it stands. False when a string is
    /// not Unicode. <paramref name="target"/> must be as long as the array's text.
    /// </summary>
    public readonly bool TryCopy(Span<byte> target, out int length)
    {
        var text = Kind switch
        {
            FieldKind.Null => [],
            FieldKind.String => _element[1..^1],
            _ => _element,
        };
        text.CopyTo(target);
        length = text.Length;
        if (Kind != FieldKind.String)
        {
            return true;
        }

        if (!Utf8.IsValid(text))
        {
            return false;
        }

        if (text.Contains((byte)'\\'))
        {
            if (JsonText.HasLoneSurrogate(text))
            {
                return false;
            }

            length = JsonEscapes.Decode(target[..length]);
        }

        return true;
    }

    static void ReadWhole(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, s_options);
        while (reader.Read())
        {
        }
    }

    readonly int PassSpace(int at)
    {
        while (_text[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    readonly int PassString(int at)
    {
        at++;
        while (true)
        {
            at += _text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (_text[at] == (byte)'"')
            {
                return at + 1;
            }

            at += 2;
        }
    }

    readonly int PassNested(int at)
    {
        for (var open = 0; ;)
        {
            at += _text[at..].IndexOfAny(s_nesting);
            if (_text[at] == (byte)'"')
            {
                at = PassString(at);
                continue;
            }

            open += _text[at++] is (byte)'[' or (byte)'{' ? 1 : -1;
            if (open == 0)
            {
                return at;
            }
        }
    }
}
