using System.Net;
using System.Net.Sockets;
using System.Text;
using Pipeline.ClickHouse;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;

namespace Pipeline.Tests.ClickHouse;

/// <summary>
/// What a network and a failing server can do to a client: always an error of the world, never one of the data.
/// </summary>
public sealed class TransportFaultTests
{
    const string OldError = "Code: 395, e.displayText() = DB::Exception: on purpose, e.what() = DB::Exception";
    const string Tag = "abcdefghijklmnop";

    static ClickHouseOptions Options(Uri url) => new() { Url = url, User = "someone", Password = "secret-key" };

    static InsertRequest SmallInsert(string? token = null) =>
        new() { Table = "`t`", Data = new NativeData.Blocks([[new NamedColumn("c", new ConstantColumn("x", 3))]]), DeduplicationToken = token };

    static InsertRequest LargeInsert()
    {
        var column = new FixedColumn<ulong>(new IntegerType(64, Signed: false));
        column.AppendSpan(4_000_000);
        return new() { Table = "`t`", Data = new NativeData.Blocks([[new NamedColumn("c", column)]]) };
    }

    [Fact]
    public async Task Insert_ServerResetsMidBody_IsARetryThatMayHaveWritten()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadSomeAsync();
            connection.Reset();
        });
        using var client = new ClickHouseClient(Options(server.Url));

        var retry = (await client.InsertNativeAsync(LargeInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Retry>();

        (retry.Error.Name, retry.MayHaveWritten).ShouldBe(("TRANSPORT", true));
    }

    [Fact]
    public async Task Insert_NobodyListens_IsARetryThatHasNotWritten()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new ClickHouseClient(Options(new Uri($"http://127.0.0.1:{((IPEndPoint)reserved.LocalEndPoint!).Port}")));

        var retry = (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Retry>();

        (retry.Error.Name, retry.MayHaveWritten).ShouldBe(("TRANSPORT", false));
        (await client.PingAsync(CancellationToken.None)).ShouldNotBeNull().Name.ShouldBe("TRANSPORT");
        (await Should.ThrowAsync<ClickHouseException>(() =>
            client.ExecuteAsync("SELECT 1", call: null, CancellationToken.None))).IsTransient.ShouldBeTrue();
    }

    [Theory]
    [InlineData(503, "", "", "HTTP_503", true)]
    [InlineData(502, "<html>bad gateway</html>", "", "HTTP_502", true)]
    [InlineData(429, "", "", "HTTP_429", true)]
    [InlineData(404, "no such page", "", "HTTP_404", false)]
    [InlineData(403, "", "", "HTTP_403", false)]
    [InlineData(500, "Code: 252. DB::Exception: Too many parts (300). (TOO_MANY_PARTS) (version 26.7.2.1)", "", "TOO_MANY_PARTS",
        true)]
    [InlineData(500, "Code: 164. DB::Exception: x: Cannot execute query in readonly mode. (READONLY)", "", "READONLY", false)]
    [InlineData(500, "", "X-ClickHouse-Exception-Code: 241\r\n", "MEMORY_LIMIT_EXCEEDED", true)]
    [InlineData(200, "", "X-ClickHouse-Exception-Code: 243\r\n", "NOT_ENOUGH_SPACE", true)]
    public async Task Insert_BadStatus_IsSorted(int status, string body, string headers, string name, bool again)
    {
        await using var server = FakeServer.Answering(FakeServer.Status(status, body, headers));
        using var client = new ClickHouseClient(Options(server.Url));

        var result = await client.InsertNativeAsync(SmallInsert(), CancellationToken.None);

        var error = result switch
        {
            InsertResult.Retry retry => retry.Error,
            InsertResult.Refused refused => refused.Error,
            _ => throw new InvalidOperationException(result.ToString()),
        };
        (error.Name, result is InsertResult.Retry).ShouldBe((name, again));
    }

    [Fact]
    public async Task Insert_RetryAfter_IsPassedOn()
    {
        await using var server = FakeServer.Answering(FakeServer.Status(503, "", "Retry-After: 7\r\n"));
        using var client = new ClickHouseClient(Options(server.Url));

        var retry = (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Retry>();

        retry.After.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task Insert_ErrorTextAfter200_IsNotASuccess()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"));
        using var client = new ClickHouseClient(Options(server.Url));

        var retry = (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Retry>();

        retry.Error.Code.ShouldBe(241);
    }

    [Fact]
    public async Task Insert_AnyTextAfter200_IsNotASuccess()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok("welcome to this web page"));
        using var client = new ClickHouseClient(Options(server.Url));

        (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Retry>()
            .Error.Name.ShouldBe("UNEXPECTED_ANSWER");
    }

    [Fact]
    public async Task Insert_DeduplicatedError_IsASuccess()
    {
        await using var server = FakeServer.Answering(FakeServer.Status(500,
            "Code: 389. DB::Exception: x. (INSERT_WAS_DEDUPLICATED)"));
        using var client = new ClickHouseClient(Options(server.Url));

        (await client.InsertNativeAsync(SmallInsert(),
            CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>().IsShort.ShouldBeTrue();
    }

    [Fact]
    public async Task Insert_SummaryThatCannotBeRead_CountsAsMissing()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok("", "X-ClickHouse-Summary: {\"written_rows\": oops\r\n"));
        using var client = new ClickHouseClient(Options(server.Url));

        (await client.InsertNativeAsync(SmallInsert(),
            CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>().SentRows.ShouldBe(3);
    }

    [Fact]
    public async Task Insert_ServerNeverAnswers_IsATimeout()
    {
        await using var server = new FakeServer(c => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.Stop));
        using var client = new ClickHouseClient(Options(server.Url) with { InsertTimeout = TimeSpan.FromMilliseconds(200) });

        var retry = (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Retry>();

        (retry.Error.Name, retry.MayHaveWritten).ShouldBe(("TIMEOUT", true));
    }

    [Fact]
    public async Task Insert_ServerKnowsNoAsyncInsert_IsSentAgainWithout()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadBodyAsync();
            await connection.WriteAsync(connection.Head.Contains("async_insert", StringComparison.Ordinal)
                ? FakeServer.Status(500,
                    "Code: 115, e.displayText() = DB::Exception: Unknown setting async_insert, e.what() = DB::Exception")
                : FakeServer.Ok(""));
        });
        using var client = new ClickHouseClient(Options(server.Url));

        (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();
        (await client.InsertNativeAsync(SmallInsert(), CancellationToken.None)).ShouldBeOfType<InsertResult.Accepted>();

        server.Heads.Count(h => h.Contains("async_insert", StringComparison.Ordinal)).ShouldBe(1);
        server.Heads.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Request_CredentialsAndSettings_AreWhereTheyBelong()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok(""));
        using var client = new ClickHouseClient(Options(server.Url) with
        {
            Settings = new Dictionary<string, string> { ["max_threads"] = "2", ["wait_end_of_query"] = "0" },
            Database = "my db",
        });

        await client.InsertNativeAsync(SmallInsert(token: "a/b 'c'"), CancellationToken.None);

        var head = server.Heads.ShouldHaveSingleItem();
        var line = head.Split("\r\n")[0];
        line.ShouldNotContain("secret-key");
        head.ShouldContain("X-ClickHouse-User: someone\r\n");
        head.ShouldContain("X-ClickHouse-Key: secret-key\r\n");
        line.ShouldContain("insert_deduplication_token=a%2Fb%20%27c%27");
        line.ShouldContain("database=my%20db");
        line.ShouldContain("async_insert=0");
        line.ShouldContain("max_threads=2");
        line.ShouldContain("wait_end_of_query=0");
        line.ShouldNotContain("wait_end_of_query=1");
    }

    [Fact]
    public async Task Stream_ConnectionBreaksInTheMiddle_DataThenTransient()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadBodyAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        });

        var (text, error) = await ReadAsync(server);

        text.ShouldBe("hello");
        (error.Name, error.IsTransient).ShouldBe(("TRANSPORT", true));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Stream_MarkedError_IsTakenOutOfTheData(int pieceLength)
    {
        var message = "Code: 395. DB::Exception: on purpose. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)";
        var whole = $"some\r\n__exception__\r\ndata\r\n__exception__\r\n{Tag}\r\n{message}\n{message.Length} {Tag}\r\n__exception__\r\n";
        await using var server = InPieces(whole, pieceLength, cut: false);

        var (text, error) = await ReadAsync(server);

        text.ShouldBe("some\r\n__exception__\r\ndata");
        (error.Code, error.Message).ShouldBe((395, "on purpose. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)"));
    }

    [Fact]
    public async Task Stream_MarkedErrorAndABrokenConnection_TheErrorWins()
    {
        var message = "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)";
        await using var server = InPieces($"data\r\n__exception__\r\n{Tag}\r\n{message}\n{message.Length} {Tag}\r\n__exception__\r\n", 9, cut: true);

        var (text, error) = await ReadAsync(server);

        (text, error.Code).ShouldBe(("data", 241));
    }

    [Fact]
    public async Task Stream_UnmarkedErrorAtTheEnd_IsThrown()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok("1\n2\n" + OldError));

        var (_, error) = await ReadAsync(server);

        (error.Code, error.Name).ShouldBe((395, "CODE_395"));
    }

    [Fact]
    public async Task Stream_ErrorTextThatIsData_IsData()
    {
        var data = OldError + "\nand so on\n";
        await using var server = FakeServer.Answering(FakeServer.Ok(data));
        using var client = new ClickHouseClient(Options(server.Url));

        await using var result = await client.QueryStreamAsync("SELECT 1", "TSV", call: null, CancellationToken.None);
        using var reader = new StreamReader(result.Body);

        (await reader.ReadToEndAsync()).ShouldBe(data);
    }

    [Fact]
    public async Task Stream_SilenceInTheMiddle_IsATimeout()
    {
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadBodyAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, connection.Stop);
        });

        var (text, error) = await ReadAsync(server, TimeSpan.FromMilliseconds(200));

        (text, error.Name).ShouldBe(("hi", "TIMEOUT"));
    }

    [Fact]
    public async Task Query_BlockCutOff_IsTransientAndNotData()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok("\u0001\u0001"));
        using var client = new ClickHouseClient(Options(server.Url));

        var error = await Should.ThrowAsync<ClickHouseException>(() =>
            client.QueryRowsAsync("SELECT 1", call: null, CancellationToken.None));

        (error.Error.Name, error.Error.Class).ShouldBe(("UNREADABLE_RESULT", ErrorClass.Retry));
    }

    [Fact]
    public async Task Ping_AnotherServer_IsNotClickHouse()
    {
        await using var server = FakeServer.Answering(FakeServer.Ok("<html>"));
        using var client = new ClickHouseClient(Options(server.Url));

        (await client.PingAsync(CancellationToken.None)).ShouldNotBeNull().Name.ShouldBe("NOT_CLICKHOUSE");
    }

    static FakeServer InPieces(string body, int pieceLength, bool cut) => new(async connection =>
    {
        await connection.ReadBodyAsync();
        await connection.WriteAsync($"HTTP/1.1 200 OK\r\nX-ClickHouse-Exception-Tag: {Tag}\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var piece in body.Chunk(pieceLength))
        {
            await connection.WriteAsync($"{piece.Length:x}\r\n{new string(piece)}\r\n");
        }

        if (!cut)
        {
            await connection.WriteAsync("0\r\n\r\n");
        }
    });

    static async Task<(string Text, ClickHouseError Error)> ReadAsync(FakeServer server, TimeSpan? idle = null)
    {
        using var client = new ClickHouseClient(Options(server.Url) with { ReadIdleTimeout = idle ?? TimeSpan.FromSeconds(30) });
        await using var result = await client.QueryStreamAsync("SELECT 1", "TSV", call: null, CancellationToken.None);
        using var read = new MemoryStream();
        var error = await Should.ThrowAsync<ClickHouseException>(() => result.Body.CopyToAsync(read));
        return (Encoding.UTF8.GetString(read.ToArray()), error.Error);
    }
}
