using System.Globalization;
using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>An encoding older than UTF-8, and how likely a text looks when it is read with it.</summary>
/// <param name="Name">As registered with IANA, in lower case.</param>
/// <param name="Decoder">Puts U+FFFD where bytes have no meaning.</param>
/// <param name="Usual">Letters that its languages use often. Empty for the encodings of two bytes.</param>
sealed record LegacyEncoding(string Name, Encoding Decoder, string Usual)
{
    /// <summary>The likelier first: a tie goes to the first.</summary>
    public static IReadOnlyList<LegacyEncoding> All { get; } =
    [
        Of(28591, "iso-8859-1", WesternLetters),
        Of(1252, "windows-1252", WesternLetters),
        Of(28592, "iso-8859-2", "ąćęłńóśźżáčďéěíňřšťúůýžőűöüäăâîșțţş"),
        Of(1250, "windows-1250", "ąćęłńóśźżáčďéěíňřšťúůýžőűöüäăâîșțţş"),
        Of(1251, "windows-1251", CyrillicLetters),
        Of(20866, "koi8-r", CyrillicLetters),
        Of(866, "ibm866", CyrillicLetters),
        Of(28595, "iso-8859-5", CyrillicLetters),
        Of(28597, "iso-8859-7", GreekLetters),
        Of(1253, "windows-1253", GreekLetters),
        Of(28599, "iso-8859-9", "ğşıİçöüâî"),
        Of(1254, "windows-1254", "ğşıİçöüâî"),
        Of(1257, "windows-1257", "āčēģīķļņšūžąęėįųõäöü"),
        Of(28598, "iso-8859-8", "יוהלאמרתבשנ"),
        Of(1255, "windows-1255", "יוהלאמרתבשנ"),
        Of(1256, "windows-1256", "اليمنرتوبةدسع"),
        Of(874, "windows-874", "านรอกเงมยลวดท่้"),
        Of(10000, "macintosh", WesternLetters),
        Of(850, "ibm850", WesternLetters),
        Of(437, "ibm437", WesternLetters),
        Of(932, "shift_jis", ""),
        Of(51932, "euc-jp", ""),
        Of(54936, "gb18030", ""),
        Of(950, "big5", ""),
        Of(949, "euc-kr", ""),
    ];

    const string WesternLetters = "éèêëàâäáåãæçíîïóôöòõøúûüñßœ";
    const string CyrillicLetters = "оеаинтсрвлкмдпуя";
    const string GreekLetters = "αοιετνσρςκπλυμηόίάέήύ";

    /// <summary>Average over the characters that are not ASCII: from -10 (none exists) to about 2 (all are usual letters in place).</summary>
    public double Score(ReadOnlySpan<byte> text)
    {
        var decoded = Decoder.GetString(text);
        var sum = 0.0;
        var count = 0;
        var wide = Usual.Length == 0;
        for (var i = 0; i < decoded.Length; i++)
        {
            var c = decoded[i];
            if (c >= 0x80)
            {
                var before = i > 0 ? decoded[i - 1] : ' ';
                var after = i + 1 < decoded.Length ? decoded[i + 1] : ' ';
                sum += wide ? ScoreWide(c, before, after) : ScoreNarrow(c, before, after);
                count++;
            }
        }

        return count == 0 ? -10 : (sum / count) - Contradiction(decoded);
    }

    double ScoreNarrow(char c, char before, char after)
    {
        if (c == '\uFFFD' || char.IsControl(c))
        {
            return -10;
        }

        if (!char.IsLetter(c))
        {
            return ScoreMark(c, before, after);
        }

        var foreign = c >= 0x370;
        var mixes = foreign && (char.IsAsciiLetter(before) || char.IsAsciiLetter(after));
        var capitalInside = char.IsUpper(c) && char.IsLower(before);
        var alone = !char.IsLetter(before) && !char.IsLetter(after);
        var score = Usual.Contains(char.ToLower(c, CultureInfo.InvariantCulture)) || Usual.Contains(c) ? 1.5 : foreign ? 0.8 : 0.2;
        score += foreign && (before >= 0x370 || after >= 0x370) ? 0.3 : 0;
        score -= (mixes ? 2 : 0) + (capitalInside ? 2.5 : 0) + (alone ? 0.6 : 0);

        // Capitals are rare but at the start of a word and in words of capitals.
        return score - (char.IsUpper(c) && char.IsLower(after) && char.IsLetter(before) ? 1 : 0);
    }

    static double ScoreMark(char c, char before, char after) => c switch
    {
        '’' when char.IsLetter(before) => 1.5,
        '‘' or '’' or '“' or '”' or '«' or '»' or '–' or '—' or '…' or '•' or '„' or '\u00A0'
            => char.IsLetter(before) && char.IsLetter(after) && c is not ('—' or '–') ? -0.5 : 1,
        '€' or '£' or '¥' or '¢' => char.IsAsciiDigit(before) || char.IsAsciiDigit(after) || !char.IsLetter(after) ? 1 : -0.5,
        '°' or '©' or '®' or '™' or '½' or '¼' or '¾' or '²' or '³' or 'µ' or '±' or '§' or '·' or '×' or '№' or 'º' or 'ª' or '¡' or '¿'
            => char.IsLetter(before) && char.IsLetter(after) ? -1.5 : 0.7,
        _ => -1,
    };

    double ScoreWide(char c, char before, char after)
    {
        if (c == '\uFFFD')
        {
            return -10;
        }

        var mixes = char.IsAsciiLetter(before) || char.IsAsciiLetter(after) ? 1.5 : 0;
        return c switch
        {
            >= '\u3041' and <= '\u30FF' => 1.4 - mixes,
            >= '\uAC00' and <= '\uD7A3' => 1.4 - mixes,
            >= '\u4E00' and <= '\u9FFF' => (IsUsualIdeograph(c) ? 1.3 : -0.3) - mixes,
            >= '\u3000' and <= '\u303F' or >= '\uFF01' and <= '\uFF5E' => 0.8,
            >= '\uFF61' and <= '\uFF9F' => -0.4,
            >= '\uE000' and <= '\uF8FF' => -3,
            _ when char.IsSurrogate(c) => -2,
            _ => -1,
        };
    }

    /// <summary>The first level of a national standard holds what is usual; its lead bytes are known.</summary>
    bool IsUsualIdeograph(char c)
    {
        Span<byte> bytes = stackalloc byte[4];
        var length = Decoder.GetBytes([c], bytes);
        return length == 2 && Name switch
        {
            "shift_jis" => bytes[0] is >= 0x88 and <= 0x97,
            "euc-jp" => bytes[0] is >= 0xB0 and <= 0xCF,
            "gb18030" => bytes[0] is >= 0xB0 and <= 0xD7 && bytes[1] >= 0xA1,
            "big5" => bytes[0] is >= 0xA4 and <= 0xC6,
            _ => false,
        };
    }

    /// <summary>Letters that no language of the encoding uses together.</summary>
    double Contradiction(string decoded)
    {
        if (Usual != WesternLetters)
        {
            return 0;
        }

        var nordicAndItalian = decoded.Contains('ø') && (decoded.Contains('ì') || decoded.Contains('ù') || decoded.Contains('ò'));
        var hungarian = decoded.Contains('õ') && !decoded.Contains('ã') && (decoded.Contains('û') || decoded.Contains('á'));
        var czech = decoded.Contains('ì') && decoded.Contains('è') && (decoded.Contains('á') || decoded.Contains('ø') || decoded.Contains('ý'));
        return (nordicAndItalian || czech ? 0.6 : 0) + (hungarian ? 0.4 : 0);
    }

    static LegacyEncoding Of(int codePage, string name, string usual) => new(
        name,
        codePage == 28591
            ? Encoding.GetEncoding(28591)
            : CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD"))!,
        usual);
}
