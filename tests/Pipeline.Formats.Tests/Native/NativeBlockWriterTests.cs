using System.Buffers;
using System.IO.Pipelines;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.TestKit.Columns;

namespace Pipeline.Formats.Tests.Native;

/// <summary>The expected bytes are what ClickHouse 26.7 writes for the query beside them, with FORMAT Native.</summary>
public sealed class NativeBlockWriterTests
{
    static string Hex(params (string Name, Column Column)[] columns)
    {
        var output = new ArrayBufferWriter<byte>();
        NamedColumn[] block = [.. columns.Select(c => new NamedColumn(c.Name, c.Column))];
        NativeBlockWriter.Write(output, block);
        NativeBlockWriter.BytesOf(block).ShouldBe(output.WrittenCount);
        return Convert.ToHexStringLower(output.WrittenSpan);
    }

    static LowCardinalityColumn Keyed(string type, params string?[] texts)
    {
        var column = (LowCardinalityColumn)ColumnType.Parse(type).CreateColumn();
        foreach (var text in texts)
        {
            if (text is null)
            {
                column.AppendNull();
            }
            else
            {
                column.Append(System.Text.Encoding.UTF8.GetBytes(text));
            }
        }

        return column;
    }

    [Fact]
    public async Task Together_BatchesOfSeveralFiles_AreOneBlockWithTheIdOfEach()
    {
        ColumnDefinition[] definitions = [new("n", ColumnType.Parse("Int32"))];
        var (a, b) = (new ColumnBatch(definitions), new ColumnBatch(definitions));
        foreach (var (batch, values) in new[] { (a, new[] { 1, 2 }), (b, [3]) })
        {
            values.CopyTo(((FixedColumn<int>)batch.Columns[0]).AppendSpan(values.Length));
            Enumerable.Range(1, values.Length).Select(i => (ulong)i).ToArray().CopyTo(batch.RowNumbers.AppendSpan(values.Length));
        }

        var output = new ArrayBufferWriter<byte>();
        NativeBlockWriter.Write(output, NativeBlockWriter.Together(new ColumnBatch(definitions), [(a, "first"), (b, "second")], withProvenance: true));

        var block = (await Blocks.ReadAllAsync(new MemoryStream(output.WrittenSpan.ToArray()))).ShouldHaveSingleItem();
        block.Columns.Select(c => c.Name).ShouldBe(["n", NativeBlockWriter.FileIdColumn, NativeBlockWriter.RowColumn]);
        Enumerable.Range(0, 3).Select(i => string.Join(' ', block.Columns.Select(c => ColumnValue.Get(c.Column, i)))).ShouldBe(["1 first 1", "2 first 2", "3 second 1"]);
        NativeBlockWriter.Together(new ColumnBatch(definitions), [(a, "first"), (b, "second")], withProvenance: false).Select(c => (c.Name, c.Column.Count)).ShouldBe([("n", 3)]);
    }

    [Fact]
    public void Write_LowCardinality_AsClickHouse()
    {
        // SELECT toLowCardinality(x) AS x FROM values('x String', 'a', '', 'b', 'a')
        Hex(("x", Keyed("LowCardinality(String)", "a", "", "b", "a"))).ShouldBe(
            "0104" + "0178" + "16" + "4c6f7743617264696e616c69747928537472696e6729" + "0100000000000000" + "0006000000000000"
            + "0300000000000000" + "00" + "0161" + "0162" + "0400000000000000" + "01000201");
    }

    [Fact]
    public void Write_LowCardinalityOfNullable_AsClickHouse()
    {
        // SELECT CAST(x AS LowCardinality(Nullable(String))) AS x FROM values('x Nullable(String)', 'a', NULL, '', 'b', 'a')
        Hex(("x", Keyed("LowCardinality(Nullable(String))", "a", null, "", "b", "a"))).ShouldBe(
            "0105" + "0178" + "20" + "4c6f7743617264696e616c697479284e756c6c61626c6528537472696e672929" + "0100000000000000" + "0006000000000000"
            + "0400000000000000" + "00" + "00" + "0161" + "0162" + "0500000000000000" + "0200010302");
    }

    [Fact]
    public void Write_Constant_AsClickHouse()
    {
        // SELECT toLowCardinality('a') AS x
        Hex(("x", new ConstantColumn("a", 1))).ShouldBe(
            "0101" + "0178" + "16" + "4c6f7743617264696e616c69747928537472696e6729" + "0100000000000000" + "0006000000000000"
            + "0200000000000000" + "00" + "0161" + "0100000000000000" + "01");
    }

    [Fact]
    public void Write_ArrayOfLowCardinality_PrefixStandsBeforeTheEnds()
    {
        // SELECT CAST(x AS Array(LowCardinality(String))) AS x FROM values('x Array(String)', ['a', 'b'], [])
        var column = (ArrayColumn)ColumnType.Parse("Array(LowCardinality(String))").CreateColumn();
        var elements = (LowCardinalityColumn)column.Elements;
        elements.Append("a"u8);
        elements.Append("b"u8);
        column.EndRow();
        column.EndRow();

        Hex(("x", column)).ShouldBe(
            "0102" + "0178" + "1d" + "4172726179284c6f7743617264696e616c69747928537472696e672929" + "0100000000000000"
            + "0200000000000000" + "0200000000000000" + "0006000000000000" + "0300000000000000" + "00" + "0161" + "0162"
            + "0200000000000000" + "0102");
    }

    [Fact]
    public void Write_Identities_AsClickHouse()
    {
        // SELECT toIPv6('1:2::3') AS x, toIPv4('1.2.3.4') AS y, toUUID('00112233-4455-6677-8899-aabbccddeeff') AS z
        var x = new FixedColumn<UInt128>(new IPv6Type());
        x.Append(IPv6Type.ToValue(System.Net.IPAddress.Parse("1:2::3")));
        var y = new FixedColumn<uint>(new IPv4Type());
        y.Append(IPv4Type.ToValue(System.Net.IPAddress.Parse("1.2.3.4")));
        var z = new FixedColumn<UInt128>(new UuidType());
        z.Append(UuidType.ToValue(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")));

        Hex(("x", x), ("y", y), ("z", z)).ShouldBe(
            "0301" + "0178" + "0449507636" + "00010002000000000000000000000003" + "0179" + "0449507634" + "04030201"
            + "017a" + "0455554944" + "7766554433221100ffeeddccbbaa9988");
    }

    [Fact]
    public void Write_NoRows_IsTheHeaderAlone() =>
        Hex(("x", Keyed("LowCardinality(String)"))).ShouldBe("0100" + "0178" + "16" + "4c6f7743617264696e616c69747928537472696e6729");

    [Fact]
    public void Write_DifferentCounts_NamesTheColumn() =>
        Should.Throw<ArgumentException>(() => Hex(("x", new ConstantColumn("a", 1)), ("y", new ConstantColumn("a", 2))))
            .Message.ShouldContain("Column y has 2 rows");

    [Fact]
    public async Task WithProvenance_Batch_AddsFileAndRow()
    {
        var batch = new ColumnBatch([new ColumnDefinition("name", new StringType())]);
        ((StringColumn)batch.Columns[0]).Append("n"u8);
        batch.RowNumbers.Append(17);
        var output = new ArrayBufferWriter<byte>();

        NativeBlockWriter.Write(output, NativeBlockWriter.WithProvenance(batch, "f00"));

        var block = (await Blocks.ReadAllAsync(new MemoryStream(output.WrittenSpan.ToArray()))).ShouldHaveSingleItem();
        block.Columns.Select(c => (c.Name, c.Column.Type.Name, ColumnValue.Get(c.Column, 0))).ShouldBe(
            [("name", "String", "n"), ("_file_id", "LowCardinality(String)", "f00"), ("_row", "UInt64", 17UL)]);
    }

    [Fact]
    public async Task WriteAsync_ToAStream_IsTheSameAsIntoABuffer()
    {
        var columns = RandomColumns.TypeNames.Select((t, i) => RandomColumns.Create(ColumnType.Parse(t), 300, i)).ToArray();
        using var stream = new MemoryStream();
        var pipe = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));

        await NativeBlockWriter.WriteAsync(pipe, [.. columns.Select((c, i) => new NamedColumn("c" + i, c))],
            CancellationToken.None);
        await pipe.CompleteAsync();

        stream.ToArray().ShouldBe(Blocks.Bytes(columns));
    }

    [Fact]
    public void BytesOf_EveryTypeAndLongTexts_IsWhatIsWritten()
    {
        var columns = RandomColumns.TypeNames.Select((t, i) => RandomColumns.Create(ColumnType.Parse(t), 300, i)).ToList();
        var texts = new StringColumn(ColumnType.Parse("String"));
        for (var i = 0; i < 300; i++)
        {
            texts.Append(new byte[i switch { 7 => 0x7F, 8 => 0x80, 9 => 0x3FFF, 10 => 0x4000, 11 => 0x200000, _ => i }]);
        }

        NamedColumn[] block = [.. columns.Append(texts).Select((c, i) => new NamedColumn("c" + i, c))];
        var output = new ArrayBufferWriter<byte>();
        NativeBlockWriter.Write(output, block);

        NativeBlockWriter.BytesOf(block).ShouldBe(output.WrittenCount);
    }

    [Fact]
    public void Write_ManyRows_AllocatesNothingPerRow()
    {
        var few = Allocated(1_000);

        Allocated(50_000).ShouldBeInRange(few - 4096, few + 4096);

        static long Allocated(int rows)
        {
            var columns = new[] { "String", "Int64", "Nullable(Decimal(10, 2))", "LowCardinality(String)" }
                .Select((t, i) => new NamedColumn("c" + i, RandomColumns.Create(ColumnType.Parse(t), rows, i))).ToArray();
            var output = new ArrayBufferWriter<byte>(8 << 20);
            NativeBlockWriter.Write(output, columns);

            // The least of several passes: a collection may empty the pools that one of them rents from.
            return Enumerable.Range(0, 5).Min(_ =>
            {
                output.ResetWrittenCount();
                var before = GC.GetAllocatedBytesForCurrentThread();
                NativeBlockWriter.Write(output, columns);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            });
        }
    }
}
