using System.Globalization;
using System.Text;
using Pipeline.Formats.Typing;
using Pipeline.TestKit.Generators;

namespace Pipeline.Formats.Tests.Typing;

/// <summary>Numbers with more digits than a double needs, as numerical programs write them by default.</summary>
public sealed class FloatTextTests
{
    [Theory]
    [InlineData("8.379031744168380369e-02")]
    [InlineData("-4.242853999999999814e+01")]
    [InlineData("1.000000000000000000e+00")]
    [InlineData("0.000000000000000000e+00")]
    [InlineData("5.55111512312578270211815834045410156e-17")]
    public void IsPrintedDouble_AllDigitsOfADouble_IsTrue(string text) => FloatText.IsPrintedDouble(Encoding.ASCII.GetBytes(text)).ShouldBeTrue();

    [Theory]
    [InlineData("8.379031744168380368e-02")]
    [InlineData("8.379031744168380470e-02")]
    [InlineData("1.000000000000000001e+00")]
    [InlineData("1.234567890123456789")]
    public void IsPrintedDouble_DigitsThatNoDoubleHas_IsFalse(string text) => FloatText.IsPrintedDouble(Encoding.ASCII.GetBytes(text)).ShouldBeFalse();

    [Fact]
    public void IsPrintedDouble_RandomDoublesWithAnyNumberOfDigits_IsTrueUntilADigitChanges()
    {
        var random = new Xorshift(20261120);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble((long)random.Next());
            if (!double.IsFinite(value) || value == 0)
            {
                continue;
            }

            var digits = 18 + (i % 20);
            var text = value.ToString($"e{digits - 1}", CultureInfo.InvariantCulture);
            FloatText.IsPrintedDouble(Encoding.ASCII.GetBytes(text)).ShouldBeTrue(text);

            var last = text.IndexOf('e', StringComparison.Ordinal) - 1;
            var other = text[..last] + (text[last] == '7' ? '3' : '7') + text[(last + 1)..];
            FloatText.IsPrintedDouble(Encoding.ASCII.GetBytes(other)).ShouldBeFalse(other);
        }
    }
}
