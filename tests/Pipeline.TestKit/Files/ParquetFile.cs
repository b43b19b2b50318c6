using System.Text;

namespace Pipeline.TestKit.Files;

/// <summary>
/// A column of a <see cref="ParquetFile"/>. Its values are given as they are stored, so that they may be what no writer writes: days of the year 9999, 300 in
/// eight bits.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="PhysicalType">As in parquet.thrift: 1 INT32, 2 INT64, 3 INT96, 6 BYTE_ARRAY.</param>
/// <param name="ConvertedType">As in parquet.thrift: 6 DATE, 9 TIMESTAMP_MILLIS, 11 UINT_8, 15 INT_8, …; null without one.</param>
/// <param name="Values">Bytes in PLAIN encoding; null for a null.</param>
public sealed record ParquetColumn(string Name, int PhysicalType, int? ConvertedType, IReadOnlyList<byte[]?> Values)
{
    /// <summary>Least and greatest value, as the footer says them; null: it says nothing.</summary>
    public (byte[] Least, byte[] Greatest)? Statistics { get; init; }

    /// <summary>The footer says that the column is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    public static ParquetColumn Of(string name, int? convertedType, params int?[] values) =>
        new(name, 1, convertedType, [.. values.Select(v => v is { } value ? BitConverter.GetBytes(value) : null)]);

    public static ParquetColumn Of(string name, int? convertedType, params long?[] values) =>
        new(name, 2, convertedType, [.. values.Select(v => v is { } value ? BitConverter.GetBytes(value) : null)]);

    /// <summary>The column with statistics that are true of numbers.</summary>
    public ParquetColumn WithStatistics()
    {
        var numbers = Values.Where(v => v is not null).OrderBy(v => v!.Length == sizeof(int) ? BitConverter.ToInt32(v) : BitConverter.ToInt64(v)).ToList();
        return this with { Statistics = (numbers[0]!, numbers[^1]!) };
    }
}

/// <summary>Writes Parquet files of one row group, one PLAIN page a column, without compression.</summary>
public static class ParquetFile
{
    const int StructType = 12;
    const int BinaryType = 8;
    const int Int32Type = 5;

    public static byte[] Of(params ParquetColumn[] columns)
    {
        var rows = columns[0].Values.Count;
        var file = new List<byte>("PAR1"u8.ToArray());
        var chunks = new List<byte[]>();
        foreach (var column in columns)
        {
            var start = file.Count;
            var page = Page(column);
            var header = new Thrift().Int(1, 0).Int(2, page.Length).Int(3, page.Length).Struct(5, new Thrift().Int(1, rows).Int(2, 0).Int(3, 3).Int(4, 3));
            file.AddRange(header.End());
            file.AddRange(page);
            chunks.Add(Chunk(column, start, file.Count - start));
        }

        List<byte[]> schema = [new Thrift().Binary(4, "schema"u8).Int(5, columns.Length).End(), .. columns.Select(Element)];
        var group = new Thrift().List(1, StructType, chunks).Long(2, file.Count - 4).Long(3, rows).End();
        var footer = new Thrift().Int(1, 1).List(2, StructType, schema).Long(3, rows).List(4, StructType, [group]);
        if (columns.Any(c => c.IsEncrypted))
        {
            footer.Struct(8, new Thrift().Struct(1, new Thrift()));
        }

        var bytes = footer.End();
        file.AddRange(bytes);
        file.AddRange(BitConverter.GetBytes(bytes.Length));
        file.AddRange("PAR1"u8);
        return [.. file];
    }

    static bool IsOptional(ParquetColumn column) => column.Values.Any(v => v is null);

    // Whether there is a value: one run of packed bits, behind the length of them all.
    static byte[] Page(ParquetColumn column)
    {
        var page = new List<byte>();
        if (IsOptional(column))
        {
            var bits = new byte[(column.Values.Count + 7) / 8];
            for (var i = 0; i < column.Values.Count; i++)
            {
                bits[i / 8] |= (byte)(column.Values[i] is null ? 0 : 1 << (i % 8));
            }

            byte[] levels = [.. Thrift.VarUInt(((ulong)bits.Length << 1) | 1), .. bits];
            page.AddRange(BitConverter.GetBytes(levels.Length));
            page.AddRange(levels);
        }

        foreach (var value in column.Values.Where(v => v is not null))
        {
            page.AddRange(value!);
        }

        return [.. page];
    }

    static byte[] Element(ParquetColumn column)
    {
        var element = new Thrift().Int(1, column.PhysicalType).Int(3, IsOptional(column) ? 1 : 0).Binary(4, Encoding.UTF8.GetBytes(column.Name));
        return (column.ConvertedType is { } converted ? element.Int(6, converted) : element).End();
    }

    static byte[] Chunk(ParquetColumn column, int start, int bytes)
    {
        var name = Encoding.UTF8.GetBytes(column.Name);
        var metadata = new Thrift().Int(1, column.PhysicalType).List(2, Int32Type, [[0], [6]])
            .List(3, BinaryType, [[.. Thrift.VarUInt((ulong)name.Length), .. name]]).Int(4, 0)
            .Long(5, column.Values.Count).Long(6, bytes).Long(7, bytes).Long(9, start);
        if (column.Statistics is { } statistics)
        {
            metadata.Struct(12, new Thrift().Long(3, column.Values.Count(v => v is null)).Binary(5, statistics.Greatest).Binary(6, statistics.Least));
        }

        var chunk = new Thrift().Long(2, start).Struct(3, metadata);
        return (column.IsEncrypted ? chunk.Struct(8, new Thrift().Struct(1, new Thrift())) : chunk).End();
    }

    /// <summary>A struct in Thrift's compact protocol. Its fields are given in order.</summary>
    sealed class Thrift
    {
        readonly List<byte> _bytes = [];
        int _last;

        public static byte[] VarUInt(ulong value)
        {
            var bytes = new List<byte>();
            for (; value >= 0x80; value >>= 7)
            {
                bytes.Add((byte)(value | 0x80));
            }

            return [.. bytes, (byte)value];
        }

        public Thrift Int(int id, int value) => Add(id, Int32Type, ZigZag(value));

        public Thrift Long(int id, long value) => Add(id, 6, ZigZag(value));

        public Thrift Binary(int id, ReadOnlySpan<byte> value) => Add(id, BinaryType, [.. VarUInt((ulong)value.Length), .. value]);

        public Thrift Struct(int id, Thrift value) => Add(id, StructType, value.End());

        public Thrift List(int id, int type, IReadOnlyList<byte[]> elements) => Add(
            id, 9, [.. elements.Count < 15 ? [(byte)((elements.Count << 4) | type)] : (byte[])[(byte)(0xF0 | type), .. VarUInt((ulong)elements.Count)], .. elements.SelectMany(e => e)]);

        public byte[] End() => [.. _bytes, 0];

        static byte[] ZigZag(long value) => VarUInt((ulong)((value << 1) ^ (value >> 63)));

        Thrift Add(int id, int type, byte[] value)
        {
            _bytes.Add((byte)(((id - _last) << 4) | type));
            _bytes.AddRange(value);
            _last = id;
            return this;
        }
    }
}
