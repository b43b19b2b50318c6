using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pipeline.TestKit.Engine;

namespace Pipeline.Engine.Tests;

[Collection(EngineCollection.Name)]
public sealed class HttpInterfaceTests(EngineFixture engine) : IDisposable
{
    // Runs until it is cancelled, and uses one core only.
    const string Endless = "SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1 SETTINGS max_threads = 1";

    readonly EngineHttp _http = new(engine.Url, engine.User, engine.Password);

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Ping_WithoutCredentials_IsOk()
    {
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri(engine.Url, "ping"))).ShouldBe("Ok.\n");
        (await client.GetStringAsync(engine.Url)).ShouldBe("Ok.\n");
    }

    [Fact]
    public async Task Credentials_EveryWayToSendThem_AreAccepted()
    {
        using var client = new HttpClient();
        var query = $"?query=SELECT+1&user={engine.User}&password={engine.Password}";
        (await client.GetStringAsync(new Uri(engine.Url, query))).ShouldBe("1\n");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(engine.Url, "?query=SELECT+2"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{engine.User}:{engine.Password}")));
        using var response = await client.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe("2\n");
    }

    [Theory]
    [InlineData("tester", "wrong")]
    [InlineData("nobody", "")]
    [InlineData("", "")]
    public async Task Credentials_Wrong_AreRefusedLikeAServerDoes(string user, string password)
    {
        using var http = new EngineHttp(engine.Url, user, password);
        using var response = await http.PostAsync("SELECT 1");
        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe("516");
        (await response.Content.ReadAsStringAsync()).ShouldContain("(AUTHENTICATION_FAILED)");
    }

    [Theory]
    [InlineData("SELECT * FROM no_such_table", 404, 60, "UNKNOWN_TABLE")]
    [InlineData("SELECT no_such_column", 404, 47, "UNKNOWN_IDENTIFIER")]
    [InlineData("SELECT no_such_function()", 404, 46, "UNKNOWN_FUNCTION")]
    [InlineData("SELEC 1", 400, 62, "SYNTAX_ERROR")]
    [InlineData("SELECT 1; SELECT 2", 400, 62, "SYNTAX_ERROR")]
    [InlineData("  -- nothing", 400, 62, "SYNTAX_ERROR")]
    [InlineData("SELECT 1 FORMAT NoSuchFormat", 404, 73, "UNKNOWN_FORMAT")]
    [InlineData("SELECT toUInt8('x')", 400, 6, "CANNOT_PARSE_TEXT")]
    [InlineData("SELECT throwIf(1)", 500, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")]
    [InlineData("SELECT 1 INTO OUTFILE '/dev/null'", 500, 358, "INTO_OUTFILE_NOT_ALLOWED")]
    [InlineData("INSERT INTO no_such_table VALUES (1)", 404, 60, "UNKNOWN_TABLE")]
    [InlineData("INSERT INTO no_such_table FROM INFILE '/etc/passwd' FORMAT CSV", 404, 78, "UNKNOWN_TYPE_OF_QUERY")]
    [InlineData("SELECT 1 SETTINGS no_such_setting = 1", 404, 115, "UNKNOWN_SETTING")]
    public async Task Error_InAStatement_HasTheServersStatusCodeAndText(string sql, int status, int code, string name)
    {
        using var response = await _http.PostAsync(sql);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe(code.ToString(CultureInfo.InvariantCulture));
        text.ShouldStartWith($"Code: {code}. DB::Exception: ");
        text.ShouldContain($"({name})");
        text.IndexOf("Code: ", 1, StringComparison.Ordinal).ShouldBe(-1, text);
    }

    [Theory]
    [InlineData("no_such_setting=1", 404, 115)]
    [InlineData("max_threads=many", 400, 27)]
    [InlineData("database=no_such_database", 404, 81)]
    [InlineData("decompress=1", 501, 48)]
    public async Task Error_InAParameter_HasTheServersStatusAndCode(string parameters, int status, int code)
    {
        using var response = await _http.PostAsync("SELECT 1", parameters);
        ((int)response.StatusCode).ShouldBe(status);
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe(code.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Get_Query_CannotChangeAnything()
    {
        (await (await _http.GetAsync("query=SELECT+1")).Content.ReadAsStringAsync()).ShouldBe("1\n");
        using var response = await _http.GetAsync("query=CREATE+TABLE+never(a+Int8)+ENGINE=Memory");
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe("164");
        using var readOnly = await _http.PostAsync("CREATE TABLE never (a Int8) ENGINE = Memory", "readonly=1");
        EngineHttp.Header(readOnly, "X-ClickHouse-Exception-Code").ShouldBe("164");
        (await _http.QueryAsync("SELECT 7", "readonly=1&max_threads=1")).ShouldBe("7\n");
    }

    [Fact]
    public async Task Parameters_AreBoundAndNotPartOfTheStatement()
    {
        (await _http.QueryAsync("SELECT {n:UInt8} + 1, {s:String}", "param_n=41&param_s=it%27s+%C3%A9")).ShouldBe("42\tit\\'s é\n");
        using var form = new MultipartFormDataContent
        {
            { new StringContent("SELECT length({s:String})"), "query" },
            { new StringContent(new string('x', 100_000)), "param_s" },
        };
        using var response = await _http.PostAsync(form, "");
        (await response.Content.ReadAsStringAsync()).ShouldBe("100000\n");
    }

    [Fact]
    public async Task Settings_OfOneRequest_AreNotThoseOfTheNext()
    {
        (await _http.QueryAsync("SELECT getSetting('max_block_size')", "max_block_size=123")).ShouldBe("123\n");
        (await _http.QueryAsync("SELECT getSetting('max_block_size')")).ShouldNotBe("123\n");
        await _http.QueryAsync("SET max_block_size = 123");
        (await _http.QueryAsync("SELECT getSetting('max_block_size')")).ShouldNotBe("123\n");
        (await _http.QueryAsync("SELECT getSetting('async_insert'), timezone()")).ShouldBe("false\tUTC\n");
    }

    [Fact]
    public async Task Database_FromParameterOrHeader_IsTheCurrentOne()
    {
        var database = EngineFixture.UniqueTable("db");
        await _http.QueryAsync($"CREATE DATABASE {database}");
        (await _http.QueryAsync("SELECT currentDatabase()", $"database={database}")).ShouldBe(database + "\n");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("SELECT currentDatabase()") };
        request.Headers.Add("X-ClickHouse-Database", database);
        using var response = await _http.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe(database + "\n");
        (await _http.QueryAsync("SELECT currentDatabase()")).ShouldBe("default\n");
    }

    [Theory]
    [InlineData("SELECT 1 AS a, 'x' AS b", "JSONEachRow", "{\"a\":1,\"b\":\"x\"}\n")]
    [InlineData("SELECT 1 AS a, 'x' AS b FORMAT CSVWithNames", "JSONEachRow", "\"a\",\"b\"\n1,\"x\"\n")]
    [InlineData("SELECT 1 AS a FORMAT CSV SETTINGS max_threads = 1 -- a comment", "", "1\n")]
    [InlineData("SELECT 1 AS format FORMAT CSV;", "", "1\n")]
    [InlineData("WITH 2 AS x SELECT x SETTINGS max_threads = 1;", "CSV", "2\n")]
    [InlineData("(SELECT 1) UNION ALL (SELECT 1) ", "CSV", "1\n1\n")]
    [InlineData("EXISTS TABLE no_such_table", "JSONEachRow", "{\"result\":0}\n")]
    public async Task Format_OfTheStatementOrTheDefault_IsUsed(string sql, string format, string expected) =>
        (await _http.QueryAsync(sql, "default_format=" + format)).ShouldBe(expected);

    [Fact]
    public async Task Select_ManyBlocks_IsOneDocumentInAnyFormat()
    {
        var json = await _http.QueryAsync("SELECT number FROM numbers(300000) FORMAT JSONCompact");
        using var document = JsonDocument.Parse(json);
        document.RootElement.GetProperty("rows").GetInt32().ShouldBe(300_000);
        document.RootElement.GetProperty("data").GetArrayLength().ShouldBe(300_000);
        var csv = await _http.QueryAsync("SELECT number AS n FROM numbers(300000) FORMAT CSVWithNames");
        csv.Count(c => c == 'n').ShouldBe(1);
    }

    [Fact]
    public async Task Headers_OfAnAnswer_AreThoseOfAServer()
    {
        using var response = await _http.PostAsync("SELECT number FROM numbers(10) FORMAT CSV", "query_id=my-query");
        EngineHttp.Header(response, "X-ClickHouse-Query-Id").ShouldBe("my-query");
        EngineHttp.Header(response, "X-ClickHouse-Format").ShouldBe("CSV");
        EngineHttp.Header(response, "X-ClickHouse-Timezone").ShouldBe("UTC");
        using var summary = JsonDocument.Parse(EngineHttp.Header(response, "X-ClickHouse-Summary"));
        summary.RootElement.GetProperty("read_rows").GetString().ShouldBe("10");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
    }

    [Fact]
    public async Task Insert_EveryPlaceForItsData_IsInserted()
    {
        var table = EngineFixture.UniqueTable("places");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64, s String) ENGINE = MergeTree ORDER BY a");
        await _http.QueryAsync($"INSERT INTO {table} VALUES (1, 'FORMAT'), (1 + 1, 'b')");
        await _http.QueryAsync($"INSERT INTO {table} FORMAT CSV\n3,c\n4,d\n");
        await _http.QueryAsync("5\te\n", $"query=INSERT+INTO+{table}+FORMAT+TSV");
        await _http.QueryAsync("(6,'f')", $"query=INSERT+INTO+{table}+VALUES");
        await _http.QueryAsync($"INSERT INTO {table} (s, a) SETTINGS max_threads = 1 FORMAT JSONEachRow {{\"a\":7,\"s\":\"g\"}}");
        await _http.QueryAsync($"INSERT INTO {table} FORMAT CSV SETTINGS format_csv_delimiter = '|'\n8|h\n");
        await _http.QueryAsync($"INSERT INTO {table} SELECT 9, 'i'");
        (await _http.QueryAsync($"SELECT arrayStringConcat(groupArray(concat(toString(a), s)), ',') FROM (SELECT * FROM {table} ORDER BY a)"))
            .ShouldBe("1FORMAT,2b,3c,4d,5e,6f,7g,8h,9i\n");
    }

    [Fact]
    public async Task Insert_Acknowledged_SaysHowManyRowsWereWritten()
    {
        var table = EngineFixture.UniqueTable("written");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a");
        using var response = await _http.PostAsync("1\n2\n3\n", $"query=INSERT+INTO+{table}+FORMAT+CSV&wait_end_of_query=1");
        using var summary = JsonDocument.Parse(EngineHttp.Header(response, "X-ClickHouse-Summary"));
        summary.RootElement.GetProperty("written_rows").GetString().ShouldBe("3");
        (await response.Content.ReadAsStringAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Insert_TheSameTokenTwice_IsInsertedOnce()
    {
        var table = EngineFixture.UniqueTable("tokens");
        await _http.QueryAsync(
            $"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100");
        await _http.QueryAsync("1\n", $"query=INSERT+INTO+{table}+FORMAT+CSV&insert_deduplication_token=one");
        await _http.QueryAsync("1\n", $"query=INSERT+INTO+{table}+FORMAT+CSV&insert_deduplication_token=one");
        (await _http.QueryAsync($"SELECT count() FROM {table}")).ShouldBe("1\n");
    }

    [Fact]
    public async Task Insert_ValueDoesNotFit_IsRefusedWithTheRow()
    {
        var table = EngineFixture.UniqueTable("unfit");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a");
        using var response = await _http.PostAsync("1\nx\n", $"query=INSERT+INTO+{table}+FORMAT+CSV");
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe("117");
        (await response.Content.ReadAsStringAsync()).ShouldContain("(at row 2)");
        (await _http.QueryAsync($"SELECT count() FROM {table}")).ShouldBe("0\n");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Body_Compressed_IsRead(string encoding)
    {
        var table = EngineFixture.UniqueTable("zipped");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a");
        var data = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 200_000)));
        var packed = await PackAsync(encoding, data);
        using var response = await _http.PostAsync(EngineHttp.Encoded(packed, encoding), $"query=INSERT+INTO+{table}+FORMAT+CSV");
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        (await _http.QueryAsync($"SELECT count(), sum(a) FROM {table}")).ShouldBe("200000\t19999900000\n");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Body_CompressedButTruncated_InsertsNothing(string encoding)
    {
        var table = EngineFixture.UniqueTable("truncated");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a");
        var packed = await PackAsync(encoding, Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 100_000))));
        using var response = await _http.PostAsync(
            EngineHttp.Encoded(packed[..(packed.Length / 2)], encoding), $"query=INSERT+INTO+{table}+FORMAT+CSV");
        response.IsSuccessStatusCode.ShouldBeFalse();
        (await _http.QueryAsync($"SELECT count() FROM {table}")).ShouldBe("0\n");
    }

    [Fact]
    public async Task Body_ClientDiesInTheMiddle_InsertsNothing()
    {
        var table = EngineFixture.UniqueTable("died");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a");
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(engine.Url.Host, engine.Url.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /?query=INSERT+INTO+{table}+FORMAT+CSV&query_id={table} HTTP/1.1\r\nHost: x\r\nX-ClickHouse-User: {engine.User}\r\n" +
                $"X-ClickHouse-Key: {engine.Password}\r\nContent-Length: 1000\r\n\r\n1\n2\n3\n"));
            await _http.WaitForAsync("SELECT count() > 0 FROM system.processes WHERE query LIKE 'INSERT INTO " + table + "%'", "1\n");
        }

        await _http.WaitForAsync("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO " + table + "%'", "0\n");
        (await _http.QueryAsync($"SELECT count() FROM {table}")).ShouldBe("0\n");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Answer_CompressionIsAccepted_IsCompressed(string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/?enable_http_compression=1")
        {
            Content = new StringContent("SELECT number FROM numbers(1000000)"),
        };
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var response = await _http.SendAsync(request);
        response.Content.Headers.ContentEncoding.ShouldBe([encoding]);
        var packed = await response.Content.ReadAsStreamAsync();
        await using Stream unpacked = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Decompress),
            "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
            _ => new BrotliStream(packed, CompressionMode.Decompress),
        };
        using var reader = new StreamReader(unpacked);
        (await reader.ReadToEndAsync()).Length.ShouldBe(6_888_890);
    }

    [Fact]
    public async Task Answer_FailsBehindItsStatusLine_IsCutAndSaysWhy()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new StringContent("SELECT throwIf(number = 9000000) FROM numbers(10000000) SETTINGS max_threads = 1"),
        };
        using var response = await _http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var tag = EngineHttp.Header(response, "X-ClickHouse-Exception-Tag");
        using var received = new MemoryStream();
        await Should.ThrowAsync<Exception>(async () => await response.Content.CopyToAsync(received));
        var text = Encoding.UTF8.GetString(received.ToArray());
        text.ShouldContain($"__exception__\r\n{tag}\r\nCode: 395. DB::Exception: ");
    }

    [Fact]
    public async Task Answer_WaitsForTheEndOfTheQuery_HasTheErrorsStatus()
    {
        using var response = await _http.PostAsync(
            "SELECT throwIf(number = 9000000) FROM numbers(10000000) SETTINGS max_threads = 1", "wait_end_of_query=1");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe("395");
        (await _http.QueryAsync("SELECT number FROM numbers(3000000)", "wait_end_of_query=1")).Length.ShouldBe(22_888_890);
    }

    [Fact]
    public async Task Queries_TwoAtOnce_RunSideBySide()
    {
        using var stop = new CancellationTokenSource();
        var endless = _http.PostAsync(Endless, "query_id=side-by-side", stop.Token);
        await _http.WaitForAsync("SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%side-by-side%'", "1\n");
        (await _http.QueryAsync("SELECT 1")).ShouldBe("1\n");
        using var same = await _http.PostAsync("SELECT 1", "query_id=side-by-side");
        EngineHttp.Header(same, "X-ClickHouse-Exception-Code").ShouldBe("216");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(endless);
        await _http.WaitForAsync("SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%side-by-side%'", "0\n");
    }

    [Fact]
    public async Task Client_StopsReading_EndsItsQuery()
    {
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/?query_id=half-read"))
        {
            request.Content = new StringContent("SELECT number FROM system.numbers");
            using var response = await _http.SendAsync(request);
            var stream = await response.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[5_000_000]);
            (await _http.QueryAsync("SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%half-read%'")).ShouldBe("1\n");
        }

        await _http.WaitForAsync("SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%half-read%'", "0\n");
    }

    [Fact]
    public async Task Kill_TheClientsQueryId_CancelsTheQuery()
    {
        var endless = _http.PostAsync(Endless, "query_id=killed");
        await _http.WaitForAsync("SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%\\tkilled\\t%'", "1\n");
        await _http.QueryAsync("KILL QUERY WHERE query_id = 'killed' SYNC");
        using var response = await endless;
        EngineHttp.Header(response, "X-ClickHouse-Exception-Code").ShouldBe("394");
    }

    [Fact]
    public async Task Insert_LargerThanAnyBuffer_Passes()
    {
        var table = EngineFixture.UniqueTable("large");
        await _http.QueryAsync($"CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a");
        using var native = await _http.PostAsync("SELECT number AS a FROM numbers(5000000) FORMAT Native");
        var blocks = await native.Content.ReadAsByteArrayAsync();
        using var content = new ByteArrayContent(blocks);
        using var response = await _http.PostAsync(content, $"query=INSERT+INTO+{table}+FORMAT+Native");
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        (await _http.QueryAsync($"SELECT count(), sum(a) FROM {table}")).ShouldBe("5000000\t12499997500000\n");
    }

    static async Task<byte[]> PackAsync(string encoding, byte[] data)
    {
        using var packed = new MemoryStream();
        await using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            await stream.WriteAsync(data);
        }

        return packed.ToArray();
    }
}
