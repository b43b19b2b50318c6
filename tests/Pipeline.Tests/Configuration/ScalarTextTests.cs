using Pipeline.Configuration;

namespace Pipeline.Tests.Configuration;

public sealed class ScalarTextTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("2s", 2_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d", 86_400_000)]
    public void Duration_IsReadAndWrittenBack(string text, long milliseconds)
    {
        var scalar = new ConfigScalar(typeof(TimeSpan), new SettingAttribute(""));

        ScalarText.TryParse(scalar, text, out var value, out _).ShouldBeTrue();
        value.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
        ScalarText.TryParse(scalar, ScalarText.Format(scalar, value!), out var again, out _).ShouldBeTrue();
        again.ShouldBe(value);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("17", 17)]
    [InlineData("17B", 17)]
    [InlineData("32MiB", 33_554_432)]
    [InlineData("1.5KiB", 1_536)]
    [InlineData("1GB", 1_000_000_000)]
    [InlineData("1TiB", 1_099_511_627_776)]
    [InlineData("5000000000000", 5_000_000_000_000)]
    [InlineData("99999999TiB", long.MaxValue)]
    public void Size_IsReadAndWrittenBack(string text, long bytes)
    {
        var scalar = new ConfigScalar(typeof(long), new SettingAttribute("") { Kind = SettingKind.Bytes });

        ScalarText.TryParse(scalar, text, out var value, out _).ShouldBeTrue();
        value.ShouldBe(bytes);
        ScalarText.TryParse(scalar, ScalarText.Format(scalar, value!), out var again, out _).ShouldBeTrue();
        again.ShouldBe(value);
    }

    [Theory]
    [InlineData("5%", 0.05)]
    [InlineData("0.05", 0.05)]
    [InlineData("0", 0)]
    [InlineData("100%", 1)]
    [InlineData("0.01%", 0.0001)]
    public void Ratio_IsReadAndWrittenBack(string text, double share)
    {
        var scalar = new ConfigScalar(typeof(double), new SettingAttribute("") { Kind = SettingKind.Ratio });

        ScalarText.TryParse(scalar, text, out var value, out _).ShouldBeTrue();
        value.ShouldBe(share);
        ScalarText.TryParse(scalar, ScalarText.Format(scalar, value!), out var again, out _).ShouldBeTrue();
        again.ShouldBe(value);
    }

    [Theory]
    [InlineData(typeof(TimeSpan), "2")]
    [InlineData(typeof(TimeSpan), "2 s")]
    [InlineData(typeof(TimeSpan), "-2s")]
    [InlineData(typeof(TimeSpan), "s")]
    [InlineData(typeof(TimeSpan), "")]
    [InlineData(typeof(bool), "yes")]
    [InlineData(typeof(int), "1e3")]
    [InlineData(typeof(int), "1.5")]
    [InlineData(typeof(int), "0x10")]
    [InlineData(typeof(char), "é")]
    [InlineData(typeof(Uri), "/relative")]
    [InlineData(typeof(Uri), "file:///x")]
    [InlineData(typeof(OnBadRow), "FailFile")]
    [InlineData(typeof(OnBadRow), "1")]
    public void Value_OfAnotherForm_IsRefused(Type type, string text)
    {
        ScalarText.TryParse(new ConfigScalar(type, new SettingAttribute("")), text, out _, out var problem).ShouldBeFalse();

        problem.Expected.ShouldNotBeNullOrEmpty();
    }
}
