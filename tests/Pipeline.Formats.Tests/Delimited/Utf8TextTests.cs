using System.Text;
using System.Text.Unicode;
using Pipeline.Formats.Delimited;
using Pipeline.TestKit.Generators;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>The framework's check is the twin.</summary>
public sealed class Utf8TextTests
{
    // All pairs where a step ends, every seventh elsewhere. Longer texts are checked in longer steps where the processor has them.
    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    public void IsValid_TwoBytesAtEveryPlace_IsWhatTheTwinSays(int length)
    {
        var text = new byte[length];
        for (var place = 0; place < length - 4; place++)
        {
            for (var pair = 0; pair < 1 << 16; pair += place is 31 or 62 or 63 or 125 ? 1 : 7)
            {
                Array.Fill(text, (byte)'x');
                (text[place], text[place + 1]) = ((byte)(pair >> 8), (byte)pair);
                (text[place + 2], text[place + 3]) = ((byte)(0x80 | (pair & 0x3F)), (byte)(pair % 3 == 0 ? 0x80 : 'y'));
                var isValid = Utf8.IsValid(text);
                if (Utf8Text.IsValid(text) != isValid)
                {
                    Assert.Fail($"{Convert.ToHexString(text)} is {(isValid ? "" : "not ")}UTF-8.");
                }
            }
        }
    }

    [Fact]
    public void IsValid_RandomTextOfManyLanguagesWithDamage_IsWhatTheTwinSays()
    {
        const string Letters = "aZ 09,;\"\n\0\u007F\u0080äßéñ\u07FF\u0800€한日本\uFFFD\uFFFF";
        var random = new Xorshift(20261120);
        var both = new int[2];
        for (var i = 0; i < 40_000; i++)
        {
            var length = random.Below(400);
            var characters = new StringBuilder();
            while (characters.Length < length)
            {
                _ = random.OneIn(9) ? characters.Append(new Rune(0x10000 + random.Below(0x100000))) : characters.Append(Letters[random.Below(Letters.Length)]);
            }

            var text = Encoding.UTF8.GetBytes(characters.ToString());
            if (text.Length > 0 && random.OneIn(2))
            {
                text[random.Below(text.Length)] = (byte)random.Below(256);
            }

            text = random.OneIn(4) ? text[..random.Below(text.Length + 1)] : text;
            var expected = Utf8.IsValid(text);
            Utf8Text.IsValid(text).ShouldBe(expected, Convert.ToHexString(text));
            both[expected ? 1 : 0]++;
        }

        both.ShouldAllBe(count => count > 5_000);
    }
}
