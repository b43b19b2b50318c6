using Pipeline.ClickHouse;

namespace Pipeline.Tests.ClickHouse;

public sealed class ErrorTextTests
{
    [Theory]
    [InlineData("Code: 60. DB::Exception: Table default.t does not exist. (UNKNOWN_TABLE) (version 26.7.2.1)", 60,
        "UNKNOWN_TABLE", ErrorClass.Schema)]
    [InlineData("Code: 60. DB::Exception: Table (a) (b). (UNKNOWN_TABLE) (version 24.8.1.1 (official build))\n", 60,
        "UNKNOWN_TABLE", ErrorClass.Schema)]
    [InlineData("Code: 60, e.displayText() = DB::Exception: Table default.t doesn't exist., e.what() = DB::Exception\n", 60,
        "UNKNOWN_TABLE", ErrorClass.Schema)]
    [InlineData("Code: 210. DB::NetException: Connection refused. (NETWORK_ERROR)", 210, "NETWORK_ERROR", ErrorClass.Retry)]
    [InlineData("Code: 27. DB::ParsingException: Cannot parse. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)", 27,
        "CANNOT_PARSE_INPUT_ASSERTION_FAILED", ErrorClass.Data)]
    [InlineData("Code: 9999. DB::Exception: New thing. (SERVER_OVERLOADED)", 9999, "SERVER_OVERLOADED", ErrorClass.Retry)]
    [InlineData("Code: 9998. DB::Exception: New thing. (NEVER_SEEN)", 9998, "NEVER_SEEN", ErrorClass.Unknown)]
    [InlineData("Code: 999. Coordination::Exception: Session expired. (KEEPER_EXCEPTION)", 999, "KEEPER_EXCEPTION",
        ErrorClass.Retry)]
    [InlineData("Code: 252. DB::Exception: Too many parts (3000). Merges are slow. (TOO_MANY_PARTS)", 252, "TOO_MANY_PARTS",
        ErrorClass.Retry)]
    [InlineData("Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100). (TOO_MANY_PARTS)", 252,
        "TOO_MANY_PARTS", ErrorClass.Split)]
    [InlineData("Code: 164. DB::Exception: Table is in readonly state. (READONLY)", 164, "READONLY", ErrorClass.Retry)]
    [InlineData("Code: 164. DB::Exception: Cannot modify 'x' setting in readonly mode. (READONLY)", 164, "READONLY",
        ErrorClass.Configuration)]
    [InlineData("Code: 243. DB::Exception: Cannot reserve 1.00 MiB. (NOT_ENOUGH_SPACE)", 243, "NOT_ENOUGH_SPACE",
        ErrorClass.Pause)]
    [InlineData("Code: 389. DB::Exception: x (INSERT_WAS_DEDUPLICATED)", 389, "INSERT_WAS_DEDUPLICATED", ErrorClass.Deduplicated)]
    [InlineData("Code: 516. DB::Exception: u: Authentication failed. (AUTHENTICATION_FAILED)", 516, "AUTHENTICATION_FAILED",
        ErrorClass.Configuration)]
    public void TryParse_Text_GivesCodeNameAndClass(string text, int code, string name, ErrorClass kind)
    {
        var error = ErrorText.TryParse(text).ShouldNotBeNull();

        (error.Code, error.Name, error.Class).ShouldBe((code, name, kind));
        error.Message.ShouldNotContain("version 2");
        error.Message.ShouldNotContain("e.what()");
    }

    [Fact]
    public void TryParse_NoError_IsNull() => ErrorText.TryParse("welcome").ShouldBeNull();

    [Fact]
    public void TryParse_HeaderCodeWithoutText_HasTheName() =>
        ErrorText.TryParse("", 241).ShouldNotBeNull().Name.ShouldBe("MEMORY_LIMIT_EXCEEDED");

    [Fact]
    public void TryParse_VeryLongMessage_IsCut() =>
        ErrorText.TryParse("Code: 62. DB::Exception: " + new string('x',
            100_000)).ShouldNotBeNull().Message.Length.ShouldBeLessThan(5000);

    [Fact]
    public void TryParse_ManyParentheses_IsQuick() =>
        ErrorText.TryParse("Code: 62. DB::Exception: " + new string('(',
            60_000) + "(version (").ShouldNotBeNull().Code.ShouldBe(62);
}
