using System.Buffers.Binary;
using System.Globalization;
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
/// <item>Integers stored in more bits than their type has (INT_8, UINT_16, …): it cuts off what is too much, and 300 becomes 44. They are read as they are stored,
/// unless the statistics say that all of them fit.</item>
/// </list>
/// </summary>
public static class ParquetFooter
{
    const int FixedLengthBytes = 7;
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
        var metadata = new ThriftReader(footer).ReadStruct();
        var schema = metadata.Find(f => f is { Id: 2, Type: ThriftReader.List });
        if (schema.Id == 0)
        {
            return null;
        }

        var list = new ThriftReader(footer, schema.Value.Start.Value);
        var (count, _) = list.ReadListHeader();
        var head = list.Position;
        var nodes = new List<Node>();
        for (var i = 0; i < count; i++)
        {
            var start = list.Position;
            nodes.Add(new Node(new ParquetSchemaElement(footer, list.ReadStruct()), start..list.Position));
        }

        NameColumns(nodes);
        var chunks = new ParquetChunks(footer, metadata);
        var leaves = nodes.FindAll(n => n.Element.Type is not null && n.Column is not null);
        var within = chunks.AreWithin([.. leaves.Select(l => l.Element.Holds)]);
        var unsure = leaves.Where((leaf, i) => leaf.Element.Holds is not null && !within[i]).ToHashSet();
        var findings = new Findings();
        foreach (var node in nodes)
        {
            findings.Add(node.Element, node.Element == node.Column, unsure.Contains(node));
        }

        var isChanged = nodes.Exists(n => n.Element.IsChanged);
        return new ColumnarRepair(dataLength, isChanged ? Write(footer, head, nodes, list.Position) : null)
        {
            Decimals = findings.Decimals,
            Raw = findings.Raw,
            Times = findings.Times,
            Nulls = findings.Nulls,
            Narrow = findings.Narrow,
            Int96 = findings.Int96,
            Encrypted = chunks.FirstEncrypted() is { } leaf && leaf < leaves.Count ? leaves[leaf].Column!.Name : null,
            InRange = leaves.Select(l => l.Column!.Name).Except(unsure.Select(l => l.Column!.Name)).ToHashSet(StringComparer.Ordinal),
        };
    }

    // Elements stand in depth-first order, each with the number of its children; the first is the root, and its children are the columns.
    static void NameColumns(List<Node> nodes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);

        // Children that are still to come, from the root down.
        var open = new Stack<int>();
        ParquetSchemaElement? column = null;
        foreach (var node in nodes)
        {
            while (open.TryPeek(out var left) && left == 0)
            {
                open.Pop();
            }

            if (open.Count == 1)
            {
                column = node.Element;
                if (column.Name.Length == 0 || !names.Add(column.Name))
                {
                    column.Rename(Unused(column.Name, names.Count + 1, names));
                }
            }

            node.Column = column;
            if (open.TryPop(out var siblings))
            {
                open.Push(siblings - 1);
            }

            if (node.Element.Children > 0)
            {
                open.Push(node.Element.Children);
            }
        }

        if (column is null)
        {
            throw new BadFileException(RejectCode.NotATable, "The Parquet file has no columns.");
        }
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

    static byte[] Write(byte[] footer, int head, List<Node> nodes, int rest)
    {
        var output = new List<byte>(footer.Length + 64);
        output.AddRange(footer.AsSpan(0, head));
        foreach (var node in nodes)
        {
            node.Element.Write(output, footer.AsSpan(node.Bytes));
        }

        output.AddRange(footer.AsSpan(rest));
        return [.. output];
    }

    /// <summary>An element with its bytes in the footer.</summary>
    sealed class Node(ParquetSchemaElement element, Range bytes)
    {
        public ParquetSchemaElement Element => element;

        public Range Bytes => bytes;

        /// <summary>The column that it is or is in; null for the root.</summary>
        public ParquetSchemaElement? Column { get; set; }
    }

    /// <summary>What the elements say, by the names of columns; elements that the engine must not see as they are get changed.</summary>
    sealed class Findings
    {
        public Dictionary<string, DecimalType> Decimals { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Raw { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, IntegerType> Narrow { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Times { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Nulls { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Int96 { get; } = new(StringComparer.Ordinal);

        /// <param name="element">The element.</param>
        /// <param name="isColumn">It is a column itself, and not within one.</param>
        /// <param name="isUnsure">Its type does not hold all that it may store, and the statistics do not say that it stores nothing else.</param>
        public void Add(ParquetSchemaElement element, bool isColumn, bool isUnsure)
        {
            if (isColumn && element.Logical == NullLogical)
            {
                Nulls.Add(element.Name);
            }

            if (isColumn && element.IsTime)
            {
                Times.Add(element.Name);
            }

            if (isColumn && element.Type == ParquetSchemaElement.Int96)
            {
                Int96.Add(element.Name);
            }

            if (element.Logical >= GeometryLogical || element.Converted > LastConverted)
            {
                AddUnknown(element, isColumn);
            }
            else if (element is { Type: FixedLengthBytes, IsDecimal: true } && element.Precision > 0 && element.TypeLength > BytesOf(element.Precision))
            {
                AddWideDecimal(element, isColumn);
            }
            else if (isUnsure && element.NarrowInteger is { } narrow)
            {
                if (isColumn)
                {
                    Narrow[element.Name] = narrow;
                }

                element.DropMeaning();
            }
        }

        void AddUnknown(ParquetSchemaElement element, bool isColumn)
        {
            if (isColumn)
            {
                Raw[element.Name] = element.Logical switch
                {
                    GeometryLogical => "geometry (WKB)",
                    GeometryLogical + 1 => "geography (WKB)",
                    > GeometryLogical => $"logical type {element.Logical}",
                    _ => $"converted type {element.Converted}",
                };
            }

            element.DropMeaning();
        }

        void AddWideDecimal(ParquetSchemaElement element, bool isColumn)
        {
            if (isColumn && element.Precision <= DecimalType.MaxPrecision)
            {
                Decimals[element.Name] = new DecimalType(element.Precision, element.Scale);
            }

            element.Widen(element.TypeLength switch
            {
                <= 8 => 18,
                <= 16 => 38,
                <= 32 => 76,
                _ => throw new BadFileException(
                    RejectCode.UnsupportedType, $"Column {element.Name} holds decimals of {element.TypeLength} bytes; the most is 32.", column: element.Name),
            });
        }

        static int BytesOf(int precision) => precision switch { <= 9 => 4, <= 18 => 8, <= 38 => 16, _ => 32 };
    }
}
