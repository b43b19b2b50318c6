using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Columnar;

/// <summary>One element of the schema in a Parquet footer (parquet.thrift: SchemaElement). Only what is changed is written anew.</summary>
sealed class ParquetSchemaElement
{
    /// <summary>Physical types, by their numbers in parquet.thrift.</summary>
    public const int Int32 = 1;

    /// <inheritdoc cref="Int32"/>
    public const int Int64 = 2;

    /// <inheritdoc cref="Int32"/>
    public const int Int96 = 3;

    const int DateConverted = 6;
    const int TimeMillisConverted = 7;
    const int TimeMicrosConverted = 8;
    const int TimestampMillisConverted = 9;
    const int TimestampMicrosConverted = 10;
    const int DecimalConverted = 5;
    const int DecimalLogical = 5;
    const int DateLogical = 6;
    const int TimeLogical = 7;
    const int TimestampLogical = 8;
    const int IntegerLogical = 10;

    readonly SortedDictionary<int, (byte Type, byte[] Value)> _fields = [];

    public ParquetSchemaElement(byte[] footer, IEnumerable<ThriftField> fields)
    {
        foreach (var field in fields)
        {
            _fields[field.Id] = (field.Type, footer[field.Value]);
        }

        Logical = _fields.TryGetValue(10, out var logical) && logical.Type == ThriftReader.Struct
            ? new ThriftReader(logical.Value).ReadStruct().FirstOrDefault().Id
            : 0;
        (Scale, Precision) = (Number(7) ?? 0, Number(8) ?? 0);
        if (Logical == DecimalLogical && Precision == 0)
        {
            ReadLogicalDecimal(logical.Value);
        }
    }

    /// <summary>The physical type: <see cref="Int32"/>, <see cref="Int64"/>, <see cref="Int96"/>, … Null for a group.</summary>
    public int? Type => Number(1);

    public int TypeLength => Number(2) ?? 0;

    public string Name => _fields.TryGetValue(4, out var name) && name.Type == ThriftReader.Binary
        ? Encoding.UTF8.GetString(new ThriftReader(name.Value).ReadBinary())
        : "";

    public int Children => Number(5) ?? 0;

    public int? Converted => Number(6);

    /// <summary>Number of the logical type; 0 without one.</summary>
    public int Logical { get; }

    public int Scale { get; private set; }

    public int Precision { get; private set; }

    public bool IsDecimal => Converted == DecimalConverted || Logical == DecimalLogical;

    public bool IsTime => Logical == TimeLogical || (Logical == 0 && Converted is TimeMillisConverted or TimeMicrosConverted);

    /// <summary>Digits of a second of timestamps; null for other values, and for those in 96 bits.</summary>
    public int? TimestampScale => Type != Int64 ? null : Logical == TimestampLogical
        ? TimeUnit() * 3
        : Logical > 0 ? null : Converted switch { TimestampMillisConverted => 3, TimestampMicrosConverted => 6, _ => null };

    /// <summary>The type of integers that are stored in more bits than it has; null for others.</summary>
    public IntegerType? NarrowInteger => Type != Int32 ? null : Logical == IntegerLogical
        ? IntegerParts()
        : Logical > 0 ? null : Converted switch
        {
            11 => new IntegerType(8, Signed: false),
            12 => new IntegerType(16, Signed: false),
            15 => new IntegerType(8, Signed: true),
            16 => new IntegerType(16, Signed: true),
            _ => null,
        };

    /// <summary>The stored numbers that the type of ClickHouse holds, where it does not hold all of them: those of dates, timestamps, narrow integers.</summary>
    public (long First, long Last)? Holds => NarrowInteger is { } narrow ? narrow.Range
        : TimestampScale is { } scale ? Moments.Ticks(scale)
        : Type == Int32 && (Logical == DateLogical || (Logical == 0 && Converted == DateConverted)) ? (Moments.FirstDay, Moments.LastDay)
        : null;

    /// <summary>It says other than the file does.</summary>
    public bool IsChanged { get; private set; }

    public void Rename(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var length = new List<byte>();
        for (var rest = (uint)bytes.Length; ; rest >>= 7)
        {
            length.Add((byte)(rest < 0x80 ? rest : rest | 0x80));
            if (rest < 0x80)
            {
                break;
            }
        }

        _fields[4] = (ThriftReader.Binary, [.. length, .. bytes]);
        IsChanged = true;
    }

    public void DropMeaning()
    {
        _fields.Remove(6);
        _fields.Remove(10);
        IsChanged = true;
    }

    public void Widen(int precision)
    {
        _fields.Remove(10);
        Set(6, DecimalConverted);
        Set(7, Scale);
        Set(8, precision);
        IsChanged = true;
    }

    public void Write(List<byte> output, ReadOnlySpan<byte> original)
    {
        if (!IsChanged)
        {
            output.AddRange(original);
            return;
        }

        var last = 0;
        foreach (var (id, (type, value)) in _fields)
        {
            // Numbers of this struct are 1 to 10, and rise: the difference always fits.
            output.Add((byte)(((id - last) << 4) | type));
            output.AddRange(value);
            last = id;
        }

        output.Add(0);
    }

    void ReadLogicalDecimal(byte[] union)
    {
        var field = new ThriftReader(union).ReadStruct()[0];
        foreach (var part in new ThriftReader(union, field.Value.Start.Value).ReadStruct().Where(p => p.Type == ThriftReader.Int32))
        {
            var value = (int)new ThriftReader(union, part.Value.Start.Value).ReadZigZag();
            (Scale, Precision) = part.Id switch { 1 => (value, Precision), 2 => (Scale, value), _ => (Scale, Precision) };
        }
    }

    // LogicalType is a union of one field, the timestamp in it: 1 is isAdjustedToUTC, 2 the unit, a union of milliseconds, microseconds, nanoseconds.
    int? TimeUnit()
    {
        var logical = _fields[10].Value;
        var timestamp = new ThriftReader(logical).ReadStruct()[0];
        var unit = new ThriftReader(logical, timestamp.Value.Start.Value).ReadStruct().FirstOrDefault(f => f is { Id: 2, Type: ThriftReader.Struct });
        return unit.Id == 0 ? null
            : new ThriftReader(logical, unit.Value.Start.Value).ReadStruct().FirstOrDefault().Id is > 0 and <= 3 and var number ? number : null;
    }

    // 1 is the width in bits, 2 whether it has a sign: a boolean field is its type.
    IntegerType? IntegerParts()
    {
        var logical = _fields[10].Value;
        var integer = new ThriftReader(logical).ReadStruct()[0];
        var parts = new ThriftReader(logical, integer.Value.Start.Value).ReadStruct();
        var bits = parts.FirstOrDefault(f => f.Id == 1) is { Id: 1 } width ? logical[width.Value.Start.Value] : 0;
        return bits is 8 or 16 ? new IntegerType(bits, parts.Exists(f => f is { Id: 2, Type: ThriftReader.True })) : null;
    }

    int? Number(int id) => _fields.TryGetValue(id, out var field) && field.Type == ThriftReader.Int32
        ? (int)new ThriftReader(field.Value).ReadZigZag()
        : null;

    // Zigzag of 0 to 76 fits two bytes at most.
    void Set(int id, int value) =>
        _fields[id] = (ThriftReader.Int32, value < 64 ? [(byte)(value << 1)] : [(byte)((value << 1) | 0x80), (byte)(value >> 6)]);
}
