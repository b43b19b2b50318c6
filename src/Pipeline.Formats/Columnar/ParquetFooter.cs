using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// Looks at the schema in a Parquet footer for what the engine's reader (26.7) does not survive or does not know, and writes one that says the same of the
/// stored bytes:
/// <list type="bullet">
/// <item>Decimals in more bytes than their digits need: the reader writes beyond its buffer, which ends the engine or damages it unseen.</item>
/// <item>Logical types that it does not know (geometry, geography, null): it refuses the whole file.</item>
/// <item>Columns without a name, or with one that another has: it leaves them out, or refuses the file. They get one of their own.</item>
/// </list>
/// </summary>
public static class ParquetFooter
{
    const int FixedLengthBytes = 7;
    const int DecimalConverted = 5;
    const int TimeMillisConverted = 7;
    const int TimeMicrosConverted = 8;
    const int TimeLogical = 7;
    const int NullLogical = 11;

    /// <summary>INTERVAL: the last converted type of the specification.</summary>
    const int LastConverted = 21;

    /// <summary>Geometry; geography and whatever comes later stand behind it.</summary>
    const int GeometryLogical = 17;

    /// <summary>Larger footers exist in no file that was ever sent by hand; the engine would need a multiple of it.</summary>
    const int MaxFooterBytes = 512 << 20;

    /// <summary>What must be changed; null when the engine reads the file as it is.</summary>
    /// <param name="content">A file for which <see cref="ColumnarTail.Check"/> has passed; its position is changed.</param>
    /// <exception cref="BadFileException">The footer is damaged or too large.</exception>
    public static ColumnarRepair? Examine(Stream content)
    {
        Span<byte> frame = stackalloc byte[8];
        content.Position = content.Length - frame.Length;
        content.ReadExactly(frame);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(frame);
        if (length > MaxFooterBytes)
        {
            throw new BadFileException(RejectCode.LimitExceeded, $"The footer of the Parquet file has {length} bytes; the most is {MaxFooterBytes}.");
        }

        var footer = new byte[length];
        content.Position = content.Length - frame.Length - length;
        content.ReadExactly(footer);
        return Examine(footer, content.Length - frame.Length - length);
    }

    static ColumnarRepair? Examine(byte[] footer, long dataLength)
    {
        // FileMetaData: field 2 is the schema. Everything around it is kept byte for byte.
        var schema = new ThriftReader(footer).ReadStruct().FirstOrDefault(f => f is { Id: 2, Type: ThriftReader.List });
        if (schema.Id == 0)
        {
            return null;
        }

        var list = new ThriftReader(footer, schema.Value.Start.Value);
        var (count, _) = list.ReadListHeader();
        var output = new List<byte>(footer.Length + 64);
        output.AddRange(footer.AsSpan(0, list.Position));
        var decimals = new Dictionary<string, DecimalType>(StringComparer.Ordinal);
        var raw = new Dictionary<string, string>(StringComparer.Ordinal);
        var times = new HashSet<string>(StringComparer.Ordinal);
        var nulls = new HashSet<string>(StringComparer.Ordinal);

        // Elements stand in depth-first order; children that are still to come, from the root down.
        var open = new Stack<int>();
        var changed = false;
        var columns = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var start = list.Position;
            var element = new SchemaElement(footer, list.ReadStruct());
            var isColumn = open.Count == 1;
            columns += isColumn ? 1 : 0;
            if (isColumn && (element.Name.Length == 0 || !names.Add(element.Name)))
            {
                element.Rename(Unused(element.Name, columns, names));
                changed = true;
            }

            changed |= Repair(element, isColumn, decimals, raw);
            if (isColumn && element.Logical == NullLogical)
            {
                nulls.Add(element.Name);
            }

            if (isColumn && element.IsTime)
            {
                times.Add(element.Name);
            }

            element.Write(output, footer.AsSpan(start, list.Position - start));
            while (open.TryPop(out var left))
            {
                if (left > 1)
                {
                    open.Push(left - 1);
                    break;
                }
            }

            if (element.Children > 0)
            {
                open.Push(element.Children);
            }
        }

        if (columns == 0)
        {
            throw new BadFileException(RejectCode.NotATable, "The Parquet file has no columns.");
        }

        output.AddRange(footer.AsSpan(list.Position));
        return changed || times.Count > 0 || nulls.Count > 0
            ? new ColumnarRepair(dataLength, changed ? [.. output] : null) { Decimals = decimals, Raw = raw, Times = times, Nulls = nulls }
            : null;
    }

    static string Unused(string name, int column, HashSet<string> names)
    {
        var stem = name.Length == 0 ? "column" : name;
        string unused;
        do
        {
            unused = string.Create(CultureInfo.InvariantCulture, $"{stem}_{column++}");
        }
        while (!names.Add(unused));
        return unused;
    }

    static bool Repair(SchemaElement element, bool isColumn, Dictionary<string, DecimalType> decimals, Dictionary<string, string> raw)
    {
        if (element.Logical >= GeometryLogical || element.Converted > LastConverted)
        {
            if (isColumn)
            {
                raw[element.Name] = element.Logical switch
                {
                    GeometryLogical => "geometry (WKB)",
                    GeometryLogical + 1 => "geography (WKB)",
                    > GeometryLogical => $"logical type {element.Logical}",
                    _ => $"converted type {element.Converted}",
                };
            }

            element.DropMeaning();
            return true;
        }

        if (element is { Type: FixedLengthBytes, IsDecimal: true } && element.Precision > 0 && element.TypeLength > BytesOf(element.Precision))
        {
            if (isColumn && element.Precision <= DecimalType.MaxPrecision)
            {
                decimals[element.Name] = new DecimalType(element.Precision, element.Scale);
            }

            element.Widen(element.TypeLength switch { <= 8 => 18, <= 16 => 38, <= 32 => 76, _ => throw TooWide(element) });
            return true;
        }

        return false;
    }

    static int BytesOf(int precision) => precision switch { <= 9 => 4, <= 18 => 8, <= 38 => 16, _ => 32 };

    static BadFileException TooWide(SchemaElement element) => new(
        RejectCode.UnsupportedType, $"Column {element.Name} holds decimals of {element.TypeLength} bytes; the most is 32.", column: element.Name);

    /// <summary>One element of the schema. Only what is changed is written anew.</summary>
    sealed class SchemaElement
    {
        readonly SortedDictionary<int, (byte Type, byte[] Value)> _fields = [];
        bool _isChanged;

        public SchemaElement(byte[] footer, IEnumerable<ThriftField> fields)
        {
            foreach (var field in fields)
            {
                _fields[field.Id] = (field.Type, footer[field.Value]);
            }

            Logical = _fields.TryGetValue(10, out var logical) && logical.Type == ThriftReader.Struct
                ? new ThriftReader(logical.Value).ReadStruct().FirstOrDefault().Id
                : 0;
            (Scale, Precision) = (Number(7) ?? 0, Number(8) ?? 0);
            if (Logical == 5 && Precision == 0)
            {
                ReadLogicalDecimal(logical.Value);
            }
        }

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

        public bool IsDecimal => Converted == DecimalConverted || Logical == 5;

        public bool IsTime => Logical == TimeLogical || (Logical == 0 && Converted is TimeMillisConverted or TimeMicrosConverted);

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
            _isChanged = true;
        }

        public void DropMeaning()
        {
            _fields.Remove(6);
            _fields.Remove(10);
            _isChanged = true;
        }

        public void Widen(int precision)
        {
            _fields.Remove(10);
            Set(6, DecimalConverted);
            Set(7, Scale);
            Set(8, precision);
            _isChanged = true;
        }

        public void Write(List<byte> output, ReadOnlySpan<byte> original)
        {
            if (!_isChanged)
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

        int? Number(int id) => _fields.TryGetValue(id, out var field) && field.Type == ThriftReader.Int32
            ? (int)new ThriftReader(field.Value).ReadZigZag()
            : null;

        // Zigzag of 0 to 76 fits two bytes at most.
        void Set(int id, int value) =>
            _fields[id] = (ThriftReader.Int32, value < 64 ? [(byte)(value << 1)] : [(byte)((value << 1) | 0x80), (byte)(value >> 6)]);
    }
}
