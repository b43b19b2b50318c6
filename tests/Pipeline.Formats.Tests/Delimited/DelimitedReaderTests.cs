using System.Text;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Delimited;

public sealed class DelimitedReaderTests
{
    [Fact]
    public async Task Read_QuotedFields_AreDecodedAndMarked()
    {
        var csv = await Csv.ReadAsync("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"\",\n");

        csv.Rows.ShouldBe(["\"x, y\"|\"say \"hi\"\"", "\"\"|"]);
    }

    [Fact]
    public async Task Read_Positions_AreLineRecordAndByte()
    {
        var csv = await Csv.ReadAsync("\uFEFFa,b\r\n\r\n1,\"x\r\ny\"\r\n2,z\n\r\n3,w\r4,v");

        csv.Records.Select(r => (r.Record, r.Line, r.ByteOffset)).ShouldBe([(1, 3, 10), (2, 5, 20), (3, 7, 26), (4, 8, 30)]);
        csv.Dialect.LineEnding.ShouldBe("mixed");
    }

    [Fact]
    public async Task Read_RaggedRecords_AreFaultsWithTheirOverflow()
    {
        var options = new FormatOptions { HasHeader = true, Delimiter = ',' };
        await using var reader =
            await new Formats.Delimited.DelimitedFormat().OpenAsync(
            new MemoryStream("a,b\n1,2\n3\n4,5,6,\"7\"\"8\"\n"u8.ToArray()), options, default);
        using var block = FieldBlock.Create(2, options);
        (await reader.ReadAsync(block, default)).ShouldBeTrue();

        block.RowCount.ShouldBe(3);
        block.Faults.Select(f => (f.Row, f.Code)).ShouldBe([(1, RejectCode.TooFewFields), (2, RejectCode.TooManyFields)]);
        block.Faults[1].Overflow.ShouldNotBeNull().Select(Encoding.UTF8.GetString).ShouldBe(["6", "7\"8"]);
        block.Column(1)[1].Kind.ShouldBe(FieldKind.Null);
    }

    [Fact]
    public async Task Read_DelimiterAtTheEndOfEveryLine_IsNoColumn()
    {
        var named = await Csv.ReadAsync("a,b,\n1,2,\n3,4,\n");
        named.Names.ShouldBe(["a", "b"]);
        named.Rows.ShouldBe(["1|2", "3|4"]);
        named.Warnings.ShouldContain(w => w.Code == "trailing_delimiter");

        var unnamed = await Csv.ReadAsync("a,b\n1,2,\n3,4,\n");
        unnamed.Names.ShouldBe(["a", "b"]);
        unnamed.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        unnamed.Warnings.ShouldContain(w => w.Code == "trailing_delimiter" && w.Line == 2);
    }

    [Fact]
    public async Task Read_UnterminatedQuote_CostsItsLineOnly()
    {
        var csv = await Csv.ReadAsync("a,b\n1,x\n2,\"open\n3,y\n4,z\n", new FormatOptions { HasHeader = true });

        csv.Records.Select(r => r.Fault).ShouldBe([RejectCode.None, RejectCode.UnterminatedQuote, RejectCode.None, RejectCode.None]);
        csv.Records[1].ShouldSatisfyAllConditions(r => r.Line.ShouldBe(3), r => r.ByteOffset.ShouldBe(8), r => r.Fields.ShouldBe("2|\"open\""));
        csv.Records[3].ShouldSatisfyAllConditions(r => r.Line.ShouldBe(5), r => r.Fields.ShouldBe("4|z"));
    }

    [Fact]
    public async Task Read_QuoteThatSwallowsRecords_CostsItsLineOnly()
    {
        var csv = await Csv.ReadAsync("a,b\n1,x\n2,\"open\n3,y\n4,\"z\"\n5,w\n", new FormatOptions { HasHeader = true });

        csv.Records.Select(r => r.Fault).ShouldBe([RejectCode.None, RejectCode.UnterminatedQuote, RejectCode.None, RejectCode.None, RejectCode.None]);
        csv.Rows[3..].ShouldBe(["4|\"z\"", "5|w"]);
        csv.Records[4].Line.ShouldBe(6);
    }

    [Fact]
    public async Task Read_QuoteThatIsNeverClosedInProse_IsOneRefusedRecord()
    {
        var csv = await Csv.ReadAsync("a,b\n1,x\n2,\"open\nand some words\nand more\n", new FormatOptions { HasHeader = true });

        csv.Records.Select(r => r.Fault).ShouldBe([RejectCode.None, RejectCode.UnterminatedQuote]);
    }

    [Fact]
    public async Task Read_StrayQuotes_StayTextAndAreSaid()
    {
        var csv = await Csv.ReadAsync("size,b\n5\",x\n6\" or 7\",y\n");

        csv.Rows.ShouldBe(["5\"|x", "6\" or 7\"|y"]);
        csv.Warnings.Single().ShouldSatisfyAllConditions(w => w.Code.ShouldBe("stray_quote"), w => w.Line.ShouldBe(2));
    }

    [Fact]
    public async Task Read_InvalidUtf8_IsAFaultOfItsRecordOnly()
    {
        byte[] bytes = [.. "a,b\n1,öé\n2,"u8, 0xE4, (byte)'x', .. "\n3,ok\n"u8];
        var csv = await Csv.ReadAsync(bytes);

        csv.Records.Select(r => r.Fault).ShouldBe([RejectCode.None, RejectCode.InvalidUtf8, RejectCode.None]);
        csv.Records[1].Line.ShouldBe(3);
    }

    [Fact]
    public async Task Read_BytesThatLookLikeAByteOrderMarkInTheMiddle_AreData()
    {
        // Blocks start at many places of this file; none of them is its start.
        var text = "a,b\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"\uFEFF{i},x\n"));
        var csv = await Csv.ReadAsync(text, new FormatOptions { BlockBytes = 64, BlockRows = 16, HasHeader = true });

        csv.Records.Count.ShouldBe(100);
        csv.Rows.ShouldAllBe(r => r.StartsWith('\uFEFF'));
    }

    [Fact]
    public async Task Read_NulBytes_AreKeptAndSaid()
    {
        var csv = await Csv.ReadAsync("name,b\nx,1\ny\0z,2\nw,3\n");

        csv.Rows[1].ShouldBe("y\0z|2");
        csv.Warnings.Single().ShouldSatisfyAllConditions(w => w.Code.ShouldBe("nul_byte"), w => w.Line.ShouldBe(3));
    }

    [Fact]
    public async Task Read_LinesOfBlanks_AreNoRecords()
    {
        var csv = await Csv.ReadAsync("a,b\n1,2\n   \n\t\n3,4\n");

        csv.Rows.ShouldBe(["1|2", "3|4"]);
        csv.Records[1].Line.ShouldBe(5);
    }

    [Fact]
    public async Task Read_RecordAboveTheLimit_RefusesTheFile()
    {
        var text = "a,b\n1,x\n2,\"" + new string('y', 500) + "\n" + new string('z', 500);
        var options = new FormatOptions { BlockBytes = 64, Limits = new FormatLimits { MaxRecordBytes = 300 } };

        var e = await Should.ThrowAsync<BadFileException>(() => Csv.ReadAsync(text, options));
        e.Code.ShouldBe(RejectCode.FieldTooLong);
        e.Message.ShouldContain("column \"b\"");
        e.Message.ShouldContain("quote was opened");
        e.Line.ShouldBe(3);
    }

    [Fact]
    public async Task Read_RecordOfManyFieldsAboveTheLimit_IsTooLongItself()
    {
        var text = "a,b\n1,x\n2" + string.Concat(Enumerable.Repeat(",yyyyyyyy", 100)) + "\n";
        var options = new FormatOptions { BlockBytes = 64, Limits = new FormatLimits { MaxRecordBytes = 300 } };

        var e = await Should.ThrowAsync<BadFileException>(() => Csv.ReadAsync(text, options));
        (e.Code, e.Line).ShouldBe((RejectCode.RecordTooLong, 3));
        e.Message.ShouldContain("limits.max_record_bytes");
    }

    [Theory]
    [InlineData("y")]
    [InlineData("\"y,\ny\"")]
    public async Task Read_FieldAboveTheLimit_CostsItsRecord(string start)
    {
        var text = $"a,b\n1,x\n2,{start[..^1]}{new string('y', 500)}{start[^1..]}\n3,z\n";
        var options = new FormatOptions { BlockBytes = 64, Limits = new FormatLimits { MaxFieldBytes = 300 } };

        var csv = await Csv.ReadAsync(text, options);

        csv.Records.Count.ShouldBe(3);
        csv.Records.Select(r => r.Fault).ShouldBe([RejectCode.None, RejectCode.FieldTooLong, RejectCode.None]);
    }

    [Theory]
    [InlineData("a,b\n1,x\n2,", "column \"b\"")]
    [InlineData("a,b\n1,x\n2,\"", "quote was opened")]
    public async Task Read_FieldOf300Megabytes_IsRefusedByDefault(string start, string said)
    {
        using var content = new PrefixThenStream(Encoding.UTF8.GetBytes(start), 300L << 20);
        await using var reader = await new DelimitedFormat().OpenAsync(content, FormatOptions.Default with { BlockBytes = 1 << 20 }, default);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, FormatOptions.Default);

        var e = await Should.ThrowAsync<BadFileException>(async () =>
        {
            while (await reader.ReadAsync(block, default))
            {
                block.RowCount.ShouldBe(1);
            }
        });

        (e.Code, e.Line).ShouldBe((RejectCode.FieldTooLong, 3));
        e.Message.ShouldContain(said);
        content.Given.ShouldBeLessThan(130L << 20);
    }

    /// <summary>A start, then that many bytes of one letter.</summary>
    sealed class PrefixThenStream(byte[] start, long more) : MemoryStream(start)
    {
        readonly byte[] _start = start;

        public long Given { get; private set; }

        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            var read = (int)Math.Min(buffer.Length, Length - Position);
            _start.AsSpan((int)Position, read).CopyTo(buffer);
            Position += read;
            if (read == 0)
            {
                read = (int)Math.Min(buffer.Length, more - Given);
                buffer[..read].Fill((byte)'y');
                Given += read;
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
    }

    [Fact]
    public async Task Read_LongRecordWithinTheLimit_IsReadWhole()
    {
        var value = new string('y', 5000);
        var csv = await Csv.ReadAsync($"a,b\n1,x\n2,{value}\n3,z\n");

        csv.Rows.ShouldBe(["1|x", $"2|{value}", "3|z"]);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public async Task Read_ByteOrderMark_IsTranscoded(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        var csv = await Csv.ReadAsync([.. encoding.GetPreamble(), .. encoding.GetBytes("näme,b\r\n1,\"ü\r\n😀\"\r\n2,x\r\n")]);

        csv.Names.ShouldBe(["näme", "b"]);
        csv.Rows.ShouldBe(["1|\"ü␍␊😀\"", "2|x"]);
        csv.Records.ShouldAllBe(r => r.ByteOffset == -1);
    }

    [Fact]
    public async Task Read_BrokenUtf16_RefusesTheFile()
    {
        byte[] content = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,"), 0x00, 0xD8, .. Encoding.Unicode.GetBytes("x\n")];

        (await Should.ThrowAsync<BadFileException>(() => Csv.ReadAsync(content))).Code.ShouldBe(RejectCode.CorruptFile);
    }

    [Fact]
    public async Task Open_EmptyFile_HasNoColumnsAndNoRows()
    {
        foreach (var text in new[] { "", "\uFEFF", "\n\n\r\n" })
        {
            var csv = await Csv.ReadAsync(text);
            csv.Names.ShouldBeEmpty();
            csv.Records.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Open_OnlyAHeader_HasColumnsAndNoRows()
    {
        foreach (var text in new[] { "id,name\n", "id,name", "id,name\r\n\r\n" })
        {
            var csv = await Csv.ReadAsync(text);
            csv.Names.ShouldBe(["id", "name"]);
            csv.Records.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Open_SeparatorLine_SetsTheDelimiter()
    {
        var csv = await Csv.ReadAsync("sep=;\r\na;b\r\n1,5;2\r\n");

        csv.Names.ShouldBe(["a", "b"]);
        csv.Rows.ShouldBe(["1,5|2"]);
        csv.Records[0].Line.ShouldBe(3);
        csv.Dialect.ShouldBe(new Dialect(";", "\"", "\"", true, 1, "crlf"));
    }

    [Fact]
    public async Task Open_BinaryContent_IsNotATable()
    {
        var noise = new byte[1000];
        new Random(1).NextBytes(noise);

        (await Should.ThrowAsync<BadFileException>(() => Csv.ReadAsync(noise))).Code.ShouldBe(RejectCode.NotATable);
    }

    [Fact]
    public async Task Open_TooManyColumns_RefusesTheFile()
    {
        var header = string.Join(',', Enumerable.Range(0, 11).Select(i => $"c{i}"));
        var options = new FormatOptions { Limits = new FormatLimits { MaxColumns = 10 } };

        (await Should.ThrowAsync<BadFileException>(() => Csv.ReadAsync(header + "\n", options))).Code.ShouldBe(
            RejectCode.TooManyColumns);
    }

    [Fact]
    public async Task Read_RandomTables_ComeBackEqual()
    {
        var random = new Random(20240117);
        for (var round = 0; round < 150; round++)
        {
            var delimiter = ",;\t|"[random.Next(4)];
            var newline = new[] { "\n", "\r\n", "\r" }[random.Next(3)];
            var columns = random.Next(2, 7);
            var table =
                Enumerable.Range(0, random.Next(1, 60)).Select(
                _ => Enumerable.Range(0, columns).Select(_ => Value(random)).ToArray()).ToList();
            var text =
                string.Concat(table.Select(r => string.Join(delimiter, r.Select(v => Write(v, delimiter, random))) + newline));
            var options =
                new FormatOptions
                {
                    Delimiter = delimiter,
                    HasHeader = false,
                    BlockBytes = random.Next(64, 400),
                    BlockRows = random.Next(16, 40)
                };
            var csv = await Csv.ReadAsync(text, options);

            var expected =
                table.Select(
                r => string.Join(
                '|', r.Select(v => v.Replace("\r", "␍", StringComparison.Ordinal).Replace("\n", "␊", StringComparison.Ordinal))));
            csv.Records.Select(r => r.Fields).Select((f, i) => Unquote(f, table[i])).ShouldBe(expected, $"round {round}");
            csv.Records.ShouldAllBe(r => r.Fault == RejectCode.None);
        }
    }

    static string Value(Random random)
    {
        const string Alphabet = "ab1 ,;\t|\"\r\nä€😀";
        return string.Concat(Enumerable.Range(0, random.Next(0, 12)).Select(_ => Alphabet[random.Next(Alphabet.Length - 2)]));
    }

    static string Write(string value, char delimiter, Random random) =>
        value.IndexOfAny(['"', '\r', '\n', delimiter]) >= 0 || value.Length == 0 || value.AsSpan().Trim(" \t").IsEmpty
            || random.Next(4) == 0
            ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : value;

    /// <summary>Takes the marks of quoted fields out of a snapshot again, field by field.</summary>
    static string Unquote(string snapshot, string[] values)
    {
        var plain = new List<string>();
        foreach (var value in values)
        {
            var shown = value.Replace("\r", "␍", StringComparison.Ordinal).Replace("\n", "␊", StringComparison.Ordinal);
            var quoted = $"\"{shown}\"";
            var taken = snapshot.StartsWith(quoted, StringComparison.Ordinal) ? quoted : shown;
            snapshot.ShouldStartWith(taken, Case.Sensitive);
            snapshot = snapshot[Math.Min(snapshot.Length, taken.Length + 1)..];
            plain.Add(shown);
        }

        snapshot.ShouldBeEmpty();
        return string.Join('|', plain);
    }
}
