using System.Text;
using Pipeline.Formats.Delimited;

namespace Pipeline.Formats.Tests.Delimited;

/// <summary>
/// Tables in ASCII but for some words of a language, in the encodings of that language: how many read as they were written. The floors are a
/// little below what was measured (86 %, 94 %, 98 % and 100 %): one word often reads well in several encodings.
/// </summary>
public sealed class LegacyEncodingTests
{
    [Theory]
    [InlineData(1, 0.84)]
    [InlineData(2, 0.92)]
    [InlineData(5, 0.97)]
    [InlineData(20, 1)]
    [InlineData(50, 1)]
    public void Detect_WordsOfEveryLanguage_ReadAsTheyWereWritten(int words, double least)
    {
        var (files, right) = (0, 0);
        var wrong = new List<string>();
        foreach (var language in LanguageSample.All)
        {
            foreach (var name in language.Encodings)
            {
                foreach (var text in Tables(language, Of(name), words))
                {
                    var bytes = Of(name).GetBytes(text);
                    var found = TextEncoding.Detect(bytes, isWhole: true);
                    var isRight = (found.Decoder ?? Encoding.UTF8).GetString(bytes) == text;
                    files++;
                    right += isRight ? 1 : 0;
                    if (!isRight)
                    {
                        wrong.Add($"{language.Language} in {name} as {found.Name}");
                    }
                }
            }
        }

        files.ShouldBeGreaterThan(200);
        ((double)right / files).ShouldBeGreaterThanOrEqualTo(least, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("Düsseldorf")]
    [InlineData("it’s – “quoted”")]
    public void Detect_WesternText_IsNamedAfterTheLargerEncoding(string word) =>
        TextEncoding.Detect(Of("windows-1252").GetBytes($"id,name\n1,{word}\n"), isWhole: true).Name.ShouldBe("windows-1252");

    [Fact]
    public void Detect_EuroSignOfIso885915_IsRead()
    {
        var found = TextEncoding.Detect(Of("iso-8859-15").GetBytes("id,price\n1,5 €\n2,7 €\n3,9 €\n"), isWhole: true);
        found.Name.ShouldBe("iso-8859-15");
    }

    static IEnumerable<string> Tables(LanguageSample language, Encoding encoding, int size)
    {
        var words = language.Words.Split(' ');
        for (var start = 0; start < (size > 5 ? 5 : words.Length); start++)
        {
            var picked = Enumerable.Range(start, size).Select(i => words[i % words.Length]).ToList();
            if (!picked.TrueForAll(w => encoding.GetString(encoding.GetBytes(w)) == w) || picked.TrueForAll(w => Ascii.IsValid(w)))
            {
                continue;
            }

            var text = new StringBuilder("id,name,city,amount\n");
            for (var i = 0; i < Math.Max(10, size); i++)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i},plain text,{(i < size ? picked[i] : "London")},{i * 2}.5\n");
            }

            yield return text.ToString();
        }
    }

    static Encoding Of(string name) => name == "iso-8859-1" ? Encoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(name)!;
}
