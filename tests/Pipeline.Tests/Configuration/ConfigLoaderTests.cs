using Pipeline.Configuration;

namespace Pipeline.Tests.Configuration;

public sealed class ConfigLoaderTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("# nothing but words\n")]
    [InlineData("---\n")]
    [InlineData("http:\ningest: ~\ndatasets: {}\n")]
    [InlineData("http: { port: }\n")]
    public void Load_NothingIsSet_EverythingIsDefault(string? yaml)
    {
        var options = Valid(yaml);

        ConfigText.Show(options).ShouldBe(ConfigText.Show(new PipelineOptions()));
    }

    [Fact]
    public void Load_EveryKindOfValue_IsRead()
    {
        var options = Valid(
            """
            http: { bind: 0.0.0.0, port: 9090 }
            clickhouse:
              url: https://ch.example:8443/
              password: 12345
              settings: { insert_quorum: 2 }
            ingest: { quiet_period: 500ms, scan_interval: 1h30m, max_batch_bytes: 1.5MiB }
            limits: { max_decompressed_bytes: 2TB, max_record_bytes: 4096 }
            log: { level: debug }
            datasets:
              orders:
                match: [orders/**, 'orders_*.csv']
                table: sales.orders
                order_by: day
                on_bad_row: fail_file
                bad_row_limit: 0.5%
                on_schema_change: freeze
                provenance: add
                delimiter: ;
                header: false
                columns:
                  id: { type: UInt64, required: true, min: 1 }
                  state: { in: [new, paid] , pattern: '[a-z]+' }
              empty:
            """);

        options.Http.ShouldBe(new HttpOptions { Bind = "0.0.0.0", Port = 9090 });
        options.Clickhouse.Url.ShouldBe(new Uri("https://ch.example:8443/"));
        options.Clickhouse.Password.ShouldBe("12345");
        options.Clickhouse.Settings["insert_quorum"].ShouldBe("2");
        options.Ingest.QuietPeriod.ShouldBe(TimeSpan.FromMilliseconds(500));
        options.Ingest.ScanInterval.ShouldBe(TimeSpan.FromMinutes(90));
        options.Ingest.MaxBatchBytes.ShouldBe(1_572_864);
        options.Limits.MaxDecompressedBytes.ShouldBe(2_000_000_000_000);
        options.Limits.MaxRecordBytes.ShouldBe(4096);
        options.Log.Level.ShouldBe(LogVerbosity.Debug);
        var orders = options.Datasets["orders"];
        orders.Match.ShouldBe(["orders/**", "orders_*.csv"]);
        orders.OrderBy.ShouldBe(["day"]);
        orders.OnBadRow.ShouldBe(OnBadRow.FailFile);
        orders.BadRowLimit.ShouldBe(0.005);
        orders.OnSchemaChange.ShouldBe(OnSchemaChange.Freeze);
        orders.Provenance.ShouldBe(Provenance.Add);
        orders.Delimiter.ShouldBe(';');
        orders.Header.ShouldBe(false);
        orders.Columns["id"].Type.ShouldBe("UInt64");
        orders.Columns["id"].Required.ShouldBeTrue();
        orders.Columns["state"].In.ShouldBe(["new", "paid"]);
        options.Datasets["empty"].BadRowLimit.ShouldBe(0.05);
    }

    [Fact]
    public void Load_ManyProblems_AllAreReportedWithTheirLines()
    {
        var problems = Problems(
            """
            http:
              prot: 8081
              port: 70000
            port: 1
            ingest:
              quiet_period: 2
              workers: [1]
              max_batch_bytes: 32 megs
            log: { level: chatty }
            clickhouse: { url: "ftp://x", password: [hunter2] }
            datasets:
              orders:
                order_by: [id, id]
                columns:
                  id: { type: Int63, pattern: "(a)\\1" }
                  _row: {}
            """);

        problems.Select(p => (p.Path, p.Code, p.Line)).ShouldBe(
        [
            ("http.prot", ConfigCode.UnknownKey, 2),
            ("http.port", ConfigCode.OutOfRange, 3),
            ("port", ConfigCode.UnknownKey, 4),
            ("ingest.quiet_period", ConfigCode.WrongType, 6),
            ("ingest.workers", ConfigCode.WrongShape, 7),
            ("ingest.max_batch_bytes", ConfigCode.WrongType, 8),
            ("log.level", ConfigCode.NotAnOption, 9),
            ("clickhouse.url", ConfigCode.WrongType, 10),
            ("clickhouse.password", ConfigCode.WrongShape, 10),
            ("datasets.orders.order_by[1]", ConfigCode.Contradiction, 13),
            ("datasets.orders.columns.id.type", ConfigCode.BadColumnType, 15),
            ("datasets.orders.columns.id.pattern", ConfigCode.BadPattern, 15),
            ("datasets.orders.columns._row", ConfigCode.BadName, 16),
        ]);
        problems[0].Message.ShouldContain("Did you mean http.port?");
        problems[1].Message.ShouldContain("from 0 to 65535");
        problems[2].Message.ShouldContain("Did you mean http.port?");
        problems[1].ToString().ShouldStartWith("pipeline.yaml:3:9: http.port: '70000' is not valid here; it must be");
        problems[6].Message.ShouldContain("one of debug, information, warning, error");
    }

    [Theory]
    [InlineData("http: {port: 1\n", ConfigCode.Unreadable)]
    [InlineData("http:\n\tport: 1\n", ConfigCode.Unreadable)]
    [InlineData("http: {port: 1}\nhttp: {port: 2}\n", ConfigCode.Unreadable)]
    [InlineData("- http\n", ConfigCode.WrongShape)]
    [InlineData("just words\n", ConfigCode.WrongShape)]
    [InlineData("http: {port: 1}\n---\nhttp: {port: 2}\n", ConfigCode.WrongShape)]
    [InlineData("http: &a\n  port: 1\n  bind: *a\n", ConfigCode.WrongShape)]
    public void Load_FileIsNotAConfiguration_SaysWhere(string yaml, ConfigCode code)
    {
        var problem = Problems(yaml)[0];

        problem.Code.ShouldBe(code);
        problem.Line.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("folders: { data: in, archive: in }", "folders.archive", ConfigCode.Contradiction)]
    [InlineData("folders: { quarantine: data/bad }", "folders.quarantine", ConfigCode.Contradiction)]
    [InlineData("folders: { state: ' ' }", "folders.state", ConfigCode.BadPath)]
    [InlineData("http: { bind: my host }", "http.bind", ConfigCode.BadAddress)]
    [InlineData("engine: { port: 8080 }", "engine.port", ConfigCode.Contradiction)]
    [InlineData("clickhouse: { url: 'http://me:pw@h:8123' }", "clickhouse.url", ConfigCode.BadAddress)]
    [InlineData("clickhouse: { url: 'http://h:8123/?x=1' }", "clickhouse.url", ConfigCode.BadAddress)]
    [InlineData("clickhouse: { database: '' }", "clickhouse.database", ConfigCode.BadName)]
    [InlineData("clickhouse: { settings: { 'a b': 1 } }", "clickhouse.settings.a b", ConfigCode.BadName)]
    [InlineData("datasets: { a/b: {} }", "datasets.a/b", ConfigCode.BadName)]
    [InlineData("datasets: { a: { match: ['../x'] } }", "datasets.a.match[0]", ConfigCode.BadPattern)]
    [InlineData("datasets: { a: { table: x.y.z } }", "datasets.a.table", ConfigCode.BadName)]
    [InlineData("datasets: { a: { bad_row_limit: 101% } }", "datasets.a.bad_row_limit", ConfigCode.OutOfRange)]
    [InlineData("datasets: { a: { delimiter: '\"' } }", "datasets.a.delimiter", ConfigCode.OutOfRange)]
    [InlineData("datasets: { a: { delimiter: '||' } }", "datasets.a.delimiter", ConfigCode.WrongType)]
    [InlineData("datasets: { a: { columns: { x: { min: 2, max: 1 } } } }", "datasets.a.columns.x.min", ConfigCode.Contradiction)]
    [InlineData("datasets: { a: { on_bad_row: explode } }", "datasets.a.on_bad_row", ConfigCode.NotAnOption)]
    [InlineData("ingest: { workers: 99999999999 }", "ingest.workers", ConfigCode.OutOfRange)]
    [InlineData("ingest: { scan_interval: 0s }", "ingest.scan_interval", ConfigCode.OutOfRange)]
    public void Load_RuleIsBroken_IsReportedAtItsKey(string yaml, string path, ConfigCode code)
    {
        var problem = Problems(yaml).ShouldHaveSingleItem();

        (problem.Path, problem.Code).ShouldBe((path, code));
        problem.Line.ShouldBe(1);
    }

    [Fact]
    public void Load_SecretIsInvalid_IsNotRepeated()
    {
        var problems = Problems("clickhouse: { password: { hunter2: hunter3 } }");

        problems.ShouldHaveSingleItem().ToString().ShouldNotContain("hunter");
    }

    static PipelineOptions Valid(string? yaml)
    {
        var result = ConfigLoader.LoadText("home", yaml);
        result.Problems.ShouldBeEmpty();
        return result.Options.ShouldNotBeNull();
    }

    static IReadOnlyList<ConfigProblem> Problems(string yaml)
    {
        var result = ConfigLoader.LoadText("home", yaml);
        result.Options.ShouldBeNull();
        return result.Problems;
    }
}
