using System.Text;
using Pipeline.Formats;
using Pipeline.Formats.Records;
using Pipeline.Quarantine;
using Pipeline.TestKit.Files;
using Pipeline.TestKit.Time;
using Pipeline.Tests.Discovery;

namespace Pipeline.Tests.Quarantine;

public sealed class RejectsTests : IDisposable
{
    static readonly DateOnly s_day = new(2026, 3, 14);
    static readonly RejectsLink s_link = new()
    {
        FileId = "beef",
        Dataset = "orders",
        Database = "default",
        Table = "orders",
        CreatedAt = new DateTimeOffset(2026, 3, 14, 1, 2, 3, TimeSpan.Zero),
    };

    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    RejectsWriter CreateSut(params string[] columns) => RejectsWriter.Create(_home.PathOf(".pipeline/tmp"), columns);

    [Fact]
    public async Task Append_RowsOfABlock_KeepTheirBytesAndTheirQuotes()
    {
        using var block = Block(
            (5, [Text("7"), Quoted(""), Text("")]),
            (9, [Text("a \"b\",c"), Text("line\nbreak"), new Cell([0xFF, 0xFE], FieldKind.Text)]));
        await using var sut = CreateSut("id", "the \"name\"", "größe");
        sut.Append(block, 0, "id", RejectCode.NotAnInteger, "Not an integer, in short.");
        sut.Append(block, 1, null, RejectCode.TooFewFields, "plain");

        var path = await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link);

        path.ShouldBe(_home.PathOf("quarantine/orders/2026-03-14/o.csv.rejects.csv"));
        File.ReadAllBytes(path).ShouldBe(
        [
            .. "\uFEFFid,\"the \"\"name\"\"\",größe,_line,_column,_code,_message\r\n"u8,
            .. "7,\"\",,5,id,not_an_integer,\"Not an integer, in short.\"\r\n"u8,
            .. "\"a \"\"b\"\",c\",\"line\nbreak\","u8, 0xFF, 0xFE, .. ",9,,too_few_fields,plain\r\n"u8,
        ]);
        sut.Rows.ShouldBe(2);
    }

    [Fact]
    public async Task EndRow_TooManyOrTooFewFields_KeepsEveryByteAndTheShape()
    {
        await using var sut = CreateSut("a", "b");
        foreach (var field in new[] { "1", "2", "3", "4" })
        {
            sut.AddField(Encoding.UTF8.GetBytes(field), false);
        }

        sut.EndRow(2, null, RejectCode.TooManyFields, "m");
        sut.AddField("x"u8, false);
        sut.EndRow(3, null, RejectCode.TooFewFields, "m");
        sut.AddField(default, false);
        sut.EndRow(4, "a", RejectCode.RequiredMissing, "m");

        Lines(await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link)).ShouldBe(
            ["a,b,_line,_column,_code,_message", "1,\"2,3,4\",2,,too_many_fields,m", "x,,3,,too_few_fields,m", ",,4,a,required_missing,m"]);
    }

    [Fact]
    public async Task EndRow_BeyondTheLimit_IsCountedAndSaid()
    {
        await using var sut = RejectsWriter.Create(_home.PathOf(".pipeline/tmp"), ["a"], maxRows: 2);
        for (var i = 0; i < 5; i++)
        {
            sut.AddField("x"u8, false);
            sut.EndRow(i, "a", RejectCode.OutOfRange, "m");
        }

        var path = await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link);
        (sut.Rows, sut.RowsOmitted).ShouldBe((2, 3));
        var json = File.ReadAllText(path[..^".csv".Length] + ".json");
        json.ShouldContain("\"rows_omitted\": 3");
        json.ShouldContain("\"rows\": 2");
    }

    [Fact]
    public async Task Dispose_WithoutCommit_LeavesNothing()
    {
        await using (var sut = CreateSut("a"))
        {
            sut.EndRow(1, null, RejectCode.TooFewFields, "m");
        }

        Directory.EnumerateFileSystemEntries(_home.PathOf(".pipeline/tmp")).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_home.Quarantine).ShouldBeEmpty();
    }

    [Fact]
    public void RemoveLeftovers_AfterACrash_RemovesOnlyItsOwn()
    {
        _home.Write(".pipeline/tmp/0123.rejects.tmp", "cut");
        var other = _home.Write(".pipeline/tmp/other.txt", "kept");
        RejectsWriter.RemoveLeftovers(_home.PathOf(".pipeline/tmp"));
        RejectsWriter.RemoveLeftovers(_home.PathOf(".pipeline/none"));

        Directory.EnumerateFiles(_home.PathOf(".pipeline/tmp")).ShouldBe([other]);
    }

    [Fact]
    public async Task Commit_AgainForTheSameFileId_ReplacesOtherwiseNumbers()
    {
        async Task<string> CommitAsync(string id, string value)
        {
            await using var sut = CreateSut("a");
            sut.AddField(Encoding.UTF8.GetBytes(value), false);
            sut.EndRow(1, "a", RejectCode.OutOfRange, "m");
            return await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link with { FileId = id });
        }

        var first = await CommitAsync("one", "1");
        (await CommitAsync("one", "2")).ShouldBe(first);
        Lines(first)[1].ShouldStartWith("2,");
        Path.GetFileName(await CommitAsync("two", "3")).ShouldBe("o.csv.rejects (2).csv");
    }

    [Theory]
    [InlineData("../x.csv", "orders")]
    [InlineData("x.csv", "../orders")]
    public async Task Commit_NamesThatLeadOutside_AreRefused(string file, string dataset)
    {
        await using var sut = CreateSut("a");
        await Should.ThrowAsync<ArgumentException>(() => sut.CommitAsync(_home.Quarantine, file, s_day, s_link with { Dataset = dataset }));
    }

    [Fact]
    public async Task Commit_NameOf255Bytes_FitsAndIsFoundAgain()
    {
        var name = new string('n', 251) + ".csv";
        await using var sut = CreateSut("a");
        var path = await sut.CommitAsync(_home.Quarantine, name, s_day, s_link);

        Path.GetFileName(path).Length.ShouldBeLessThanOrEqualTo(255);
        (await RejectsFile.TryOpenAsync(path, _home.Quarantine))!.Link!.File.ShouldBe(name);
    }

    [Theory]
    [InlineData("o.csv.rejects.csv", "\uFEFFid,\"a,b\",_line,_column,_code,_message\r\n1,2,3,4,5,6\r\n")]
    [InlineData("o.csv.rejects.csv", "id;a,b;_line;_column;_code;_message\n1;2;3;;;\n")]
    [InlineData("o.csv.rejects (1).csv", "\"id\"\t\"a,b\"\t\"_line\"\t\"_column\"\t\"_code\"\t\"_message\"\r1\t")]
    [InlineData("o.csv.rejects - Copy.csv", "id|a,b|_line|_column|_code|_message")]
    [InlineData("O.csv.REJECTS.CSV", "id,\"a,b\",_line,_column,_code,_message\n")]
    public async Task TryOpen_DroppedBackInAnyForm_IsRecognisedAndLinked(string name, string text)
    {
        await using var sut = CreateSut("id", "a,b");
        await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link);
        var dropped = _home.Write("data/" + name, text);

        var rejects = (await RejectsFile.TryOpenAsync(dropped, _home.Quarantine)).ShouldNotBeNull();

        rejects.Columns.ShouldBe(["id", "a,b"]);
        rejects.Delimiter.ShouldBe(text.First(c => ";\t|".Contains(c, StringComparison.Ordinal) || (c == ',' && !text.Contains(';', StringComparison.Ordinal)
            && !text.Contains('|', StringComparison.Ordinal) && !text.Contains('\t', StringComparison.Ordinal))));
        if (!name.StartsWith('O'))
        {
            var link = rejects.Link.ShouldNotBeNull();
            (link.FileId, link.Dataset, link.Table, link.File).ShouldBe(("beef", "orders", "orders", "o.csv"));
        }
    }

    [Theory]
    [InlineData("o.csv", "id,_line,_column,_code,_message\n")]
    [InlineData("o.rejects.csv", "id,_line,_column,_code\n")]
    [InlineData("o.rejects.csv", "_line,_column,_code,_message\n")]
    [InlineData("o.rejects.csv", "id,_message,_line,_column,_code\n")]
    [InlineData("o.rejects.csv", "")]
    public async Task TryOpen_OrdinaryFile_IsNotTaken(string name, string text) =>
        (await RejectsFile.TryOpenAsync(_home.Write("data/" + name, text), _home.Quarantine)).ShouldBeNull();

    [Fact]
    public async Task TryOpen_LinkOfAnotherShape_IsNotBelieved()
    {
        await using var sut = CreateSut("other");
        await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link);

        (await RejectsFile.TryOpenAsync(_home.Write("data/o.csv.rejects.csv", "id,_line,_column,_code,_message\n"), _home.Quarantine))!.Link.ShouldBeNull();
    }

    [Fact]
    public async Task Store_RejectsRetriedAndDropped_KeepsTheLinkUntilDropped()
    {
        var store = new QuarantineStore(_home.Quarantine, _home.Data, new FakeTimeProvider(), new ListLogger());
        await using var sut = CreateSut("id");
        await sut.CommitAsync(_home.Quarantine, "o.csv", s_day, s_link);
        var entry = store.List().ShouldHaveSingleItem();
        (entry.Kind, entry.State, entry.Rejects!.FileId).ShouldBe((QuarantineKind.Rejects, QuarantineState.Complete, "beef"));

        var path = await store.RetryAsync(store.Get("beef")!);

        path.ShouldBe(_home.PathOf("data/orders/o.csv.rejects.csv"));
        store.List().ShouldBeEmpty();
        (await RejectsFile.TryOpenAsync(path, _home.Quarantine))!.Link!.FileId.ShouldBe("beef");

        File.Move(path, _home.PathOf("quarantine/orders/2026-03-14/o.csv.rejects.csv"));
        await store.DropAsync(store.List().ShouldHaveSingleItem());
        Directory.EnumerateFileSystemEntries(_home.PathOf("quarantine/orders/2026-03-14")).ShouldBeEmpty();
    }

    static string[] Lines(string path) => File.ReadAllText(path).TrimStart('\uFEFF').TrimEnd().Split("\r\n");

    static Cell Text(string text) => new(Encoding.UTF8.GetBytes(text), FieldKind.Text);

    static Cell Quoted(string text) => new(Encoding.UTF8.GetBytes(text), FieldKind.Quoted);

    static FieldBlock Block(params (long Line, Cell[] Cells)[] rows)
    {
        var block = new FieldBlock(rows[0].Cells.Length, rows.Length);
        var text = new List<byte>();
        for (var r = 0; r < rows.Length; r++)
        {
            block.Lines[r] = rows[r].Line;
            for (var c = 0; c < rows[r].Cells.Length; c++)
            {
                var cell = rows[r].Cells[c];
                block.Column(c)[r] = new Field(text.Count, cell.Bytes.Length, cell.Kind);
                text.AddRange(cell.Bytes);
            }
        }

        block.Text = [.. text];
        block.RowCount = rows.Length;
        return block;
    }

    sealed record Cell(byte[] Bytes, FieldKind Kind);
}
