using Pipeline.Configuration;

namespace Pipeline.Tests.Configuration;

public sealed class EnvironmentSourceTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pipeline-env-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("PIPELINE__HTTP__PORT")]
    [InlineData("pipeline__http__port")]
    [InlineData("Pipeline__Http__Port")]
    public void Overlay_NameInAnyCase_WinsOverTheFile(string name) =>
        Valid("http: { port: 1 }", (name, "9090")).Http.Port.ShouldBe(9090);

    [Fact]
    public void Overlay_KeysWithUnderscores_AreFound()
    {
        var options = Valid(
            null,
            ("PIPELINE__INGEST__MAX_BATCH_ROWS", "17"),
            ("PIPELINE__CLICKHOUSE__URL", "http://h:8123"),
            ("PIPELINE__CLICKHOUSE__SETTINGS__INSERT_QUORUM", "2"),
            ("PIPELINE__DATASETS__ORDERS__TABLE", "sales.orders"),
            ("PIPELINE__DATASETS__ORDERS__ORDER_BY", "a, b"),
            ("PIPELINE__DATASETS__ORDERS__COLUMNS__ID__TYPE", "UInt64"));

        options.Ingest.MaxBatchRows.ShouldBe(17);
        options.Clickhouse.Settings["insert_quorum"].ShouldBe("2");
        options.Datasets["orders"].Table.ShouldBe("sales.orders");
        options.Datasets["orders"].OrderBy.ShouldBe(["a", "b"]);
        options.Datasets["orders"].Columns["id"].Type.ShouldBe("UInt64");
    }

    [Fact]
    public void Overlay_NameOfTheFileHasDashesAndCase_IsTheSameName()
    {
        var options = Valid(
            "datasets: { Web-Shop.Orders: { header: true } }", ("PIPELINE__DATASETS__WEB_SHOP_ORDERS__TABLE", "o"));

        var (name, dataset) = options.Datasets.ShouldHaveSingleItem();
        name.ShouldBe("Web-Shop.Orders");
        (dataset.Header, dataset.Table).ShouldBe((true, "o"));
    }

    [Fact]
    public void Overlay_OtherVariablesAndEmptyValues_AreLeftAlone() =>
        Valid(null, ("PIPELINE_FAULT", "x"), ("PATH", "/bin"), ("PIPELINE__HTTP__PORT", "")).Http.Port.ShouldBe(8080);

    [Fact]
    public void Overlay_SecretFromFile_IsReadWithoutItsLineEnd()
    {
        var file = Path.Combine(_folder, "password");
        File.WriteAllText(file, " hunter2 \n");

        Valid(null, ("PIPELINE__CLICKHOUSE__PASSWORD_FILE", file)).Clickhouse.Password.ShouldBe(" hunter2 ");
    }

    [Theory]
    [InlineData("PIPELINE__HTTP__PROT", "1", ConfigCode.UnknownKey, "Did you mean http.port?")]
    [InlineData("PIPELINE__HTTP", "1", ConfigCode.UnknownKey, "no such key")]
    [InlineData("PIPELINE__HTTP__PORT__X", "1", ConfigCode.UnknownKey, "no such key")]
    [InlineData("PIPELINE__HTTP__PORT", "many", ConfigCode.WrongType, "a whole number")]
    [InlineData("PIPELINE__CLICKHOUSE__PASSWORD_FILE", "missing-file", ConfigCode.BadSecretFile, "missing-file")]
    public void Overlay_VariableIsWrong_IsNamed(string name, string value, ConfigCode code, string said)
    {
        var problem = Load(null, (name, value)).Problems.ShouldHaveSingleItem();

        problem.Code.ShouldBe(code);
        problem.Source.ShouldBe(name);
        problem.Message.ShouldContain(said);
    }

    [Fact]
    public void Overlay_SecretGivenTwice_IsAProblem()
    {
        var result = Load(null, ("PIPELINE__CLICKHOUSE__PASSWORD", "a"), ("PIPELINE__CLICKHOUSE__PASSWORD_FILE", "b"));

        result.Problems.ShouldHaveSingleItem().Code.ShouldBe(ConfigCode.Contradiction);
    }

    static PipelineOptions Valid(string? yaml, params (string, string)[] environment)
    {
        var result = Load(yaml, environment);
        result.Problems.ShouldBeEmpty();
        return result.Options.ShouldNotBeNull();
    }

    static ConfigResult Load(string? yaml, params (string Name, string Value)[] environment) =>
        ConfigLoader.LoadText("home", yaml, environment.ToDictionary(e => e.Name, e => e.Value));
}
