using System.Globalization;
using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>An encoding older than UTF-8, and how likely a text looks when it is read with it.</summary>
/// <param name="Name">As registered with IANA, in lower case.</param>
/// <param name="Decoder">Puts U+FFFD where bytes have no meaning.</param>
/// <param name="Alphabets">Letters of each of its languages, the frequent first: a text is in one language.</param>
/// <param name="Prior">How usual it is in files of today, added to every score.</param>
/// <param name="Rarity">Taken from the score of one character; the more there are, the less it counts.</param>
sealed record LegacyEncoding(string Name, Encoding Decoder, string[] Alphabets, double Prior, double Rarity = 0)
{
    /// <summary>Characters that are not ASCII that are looked at: more do not change the answer.</summary>
    const int MaxCharacters = 4000;

    /// <summary>A letter is the less likely the further behind it stands in its alphabet.</summary>
    const double LossPerRank = 0.1;

    /// <summary>Old Macintosh and DOS: one character that is a letter there and a mark in windows-1252 is likelier the mark.</summary>
    const double Old = 0.5;

    /// <summary>Latin letters that are words of their own.</summary>
    const string WordsOfOneLetter = "àèéóöåøáőúíæâêÀÈÉÓÖÅØÁŐÚÍÆ";

    /// <summary>
    /// The likelier first: a tie goes to the first. Where one encoding is another with more characters, and nothing in the file tells them apart,
    /// it is named after the larger: windows-1252 for ISO 8859-1.
    /// </summary>
    public static IReadOnlyList<LegacyEncoding> All { get; } =
    [
        Of(1252, "windows-1252", LegacyAlphabets.Western, 0.25),
        Of(28605, "iso-8859-15", LegacyAlphabets.Western, 0),
        Of(1250, "windows-1250", LegacyAlphabets.Central, 0.05),
        Of(28592, "iso-8859-2", LegacyAlphabets.Central, 0),
        Of(1251, "windows-1251", LegacyAlphabets.Cyrillic, 0.05),
        Of(20866, "koi8-r", LegacyAlphabets.Cyrillic, 0),
        Of(21866, "koi8-u", LegacyAlphabets.Cyrillic, 0),
        Of(866, "ibm866", LegacyAlphabets.Cyrillic, 0),
        Of(28595, "iso-8859-5", LegacyAlphabets.Cyrillic, 0),
        Of(10007, "x-mac-cyrillic", LegacyAlphabets.Cyrillic, -0.05, Old),
        Of(1253, "windows-1253", LegacyAlphabets.Greek, 0.05),
        Of(28597, "iso-8859-7", LegacyAlphabets.Greek, 0),
        Of(1254, "windows-1254", LegacyAlphabets.Turkish, 0),
        Of(1257, "windows-1257", LegacyAlphabets.Baltic, 0),
        Of(1255, "windows-1255", LegacyAlphabets.Hebrew, 0.1),
        Of(1256, "windows-1256", LegacyAlphabets.Arabic, 0),
        Of(28596, "iso-8859-6", LegacyAlphabets.Arabic, 0),
        Of(874, "windows-874", LegacyAlphabets.Thai, 0),
        Of(10000, "macintosh", LegacyAlphabets.Western, -0.155, Old),
        Of(850, "ibm850", LegacyAlphabets.Western, -0.05, Old),
        Of(437, "ibm437", LegacyAlphabets.Western, -0.1, Old),
        Of(852, "ibm852", LegacyAlphabets.Central, -0.25, Old),
        Of(857, "ibm857", LegacyAlphabets.Turkish, -0.25, Old),
        Of(932, "shift_jis", [LegacyAlphabets.Japanese], 0),
        Of(51932, "euc-jp", [LegacyAlphabets.Japanese], 0),
        Of(54936, "gb18030", [LegacyAlphabets.SimplifiedChinese], 0.05),
        Of(950, "big5", [LegacyAlphabets.TraditionalChinese], 0),
        Of(949, "euc-kr", [LegacyAlphabets.Korean], 0),
    ];

    bool IsWide => !Decoder.IsSingleByte;

    /// <summary>Average over the characters that are not ASCII: from -10 (none exists) to about 2 (all are usual letters in place).</summary>
    public double Score(ReadOnlySpan<byte> text)
    {
        var decoded = Decoder.GetString(text);
        Span<double> sums = stackalloc double[Alphabets.Length];
        sums.Clear();
        var count = 0;
        for (var i = 0; i < decoded.Length && count < MaxCharacters; i++)
        {
            var c = decoded[i];
            if (c >= 0x80)
            {
                var before = i > 0 ? decoded[i - 1] : ' ';
                var after = i + 1 < decoded.Length ? decoded[i + 1] : ' ';
                var place = IsWide ? ScoreWide(c, before, after) : ScoreNarrow(c, before, decoded.AsSpan(i + 1));
                for (var a = 0; a < sums.Length; a++)
                {
                    sums[a] += place + (IsWide ? 0 : ScoreLetter(Alphabets[a], c));
                }

                count++;
            }
        }

        var best = double.NegativeInfinity;
        foreach (var sum in sums)
        {
            best = Math.Max(best, sum);
        }

        return count == 0 ? -10 : ((best - Rarity) / count) + Prior;
    }

    /// <summary>How well a letter goes with a language; nothing for marks.</summary>
    static double ScoreLetter(string alphabet, char c)
    {
        if (!char.IsLetter(c) || IsLetterlikeMark(c))
        {
            return 0;
        }

        var rank = alphabet.IndexOf(char.ToLower(c, CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return rank < 0 ? -0.6 : 1.8 - (LossPerRank * Math.Min(rank, 12));
    }

    static bool IsLetterlikeMark(char c) => c is 'º' or 'ª' or 'µ';

    static double ScoreNarrow(char c, char before, ReadOnlySpan<char> rest)
    {
        var after = rest.Length > 0 ? rest[0] : ' ';
        if (c == '\uFFFD' || char.IsControl(c) || c is >= '\uE000' and <= '\uF8FF')
        {
            return -10;
        }

        if (!char.IsLetter(c) || IsLetterlikeMark(c))
        {
            return char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark && before >= 0x370 ? 1.2 : ScoreMark(c, before, rest);
        }

        var foreign = c >= 0x370;
        var mixes = foreign && (char.IsAsciiLetter(before) || char.IsAsciiLetter(after));
        var turnsCapital = (char.IsUpper(c) && char.IsLower(before)) || (!foreign && char.IsLower(c) && char.IsUpper(after));
        var score = foreign && (before >= 0x370 || after >= 0x370) ? 0.3 : 0;
        score -= (mixes ? 2 : 0) + (turnsCapital ? 2.5 : 0) + LossOfPlace(c, before, after);

        // Capitals are rare but at the start of a word and in words of capitals, and those are rare in themselves.
        score -= char.IsUpper(c) && char.IsLower(after) && char.IsLetter(before) ? 1 : 0;
        return score - (foreign && char.IsUpper(c) && (char.IsUpper(before) || char.IsUpper(after)) ? 0.35 : 0);
    }

    /// <summary>Letters stand in words: few are one, and behind a number stand marks and units.</summary>
    static double LossOfPlace(char c, char before, char after)
    {
        var behindNumber = char.IsAsciiDigit(before);
        if (char.IsLetter(before) || char.IsLetter(after))
        {
            return behindNumber && c < 0x370 ? 1.5 : 0;
        }

        return behindNumber || char.IsAsciiDigit(after) ? 2 : c >= 0x370 || WordsOfOneLetter.Contains(c) ? 0.6 : 1.5;
    }

    static double ScoreMark(char c, char before, ReadOnlySpan<char> rest)
    {
        var after = rest.Length > 0 ? rest[0] : ' ';
        var inside = char.IsLetter(before) && char.IsLetter(after);
        return c switch
        {
            '’' when char.IsLetter(before) => 1.5,
            '\u00A0' => inside ? 1.2 : 1,
            '…' when char.IsLetter(before) && !inside => 1.3,
            '«' when char.IsLetter(before) => 0.5,
            '»' when char.IsLetter(after) => 0.5,
            '‘' or '’' or '“' or '”' or '«' or '»' or '–' or '—' or '…' or '•' or '„' => inside && c is not ('—' or '–') ? -0.5 : 1,
            '£' or '€' when IsUnit(rest, ["m", "k", "bn", "mn", "K", "M", "million"]) => 2,
            '€' or '£' or '¥' or '¢' => char.IsAsciiDigit(before) || char.IsAsciiDigit(after) || !char.IsLetter(after) ? 1 : -0.5,
            'µ' => IsUnit(rest, ["m", "g", "l", "s", "L", "M", "A", "V", "F", "W", "mol", "Hz", "Sv", "S"]) ? 2 : -0.5,
            '²' or '³' => before == 'm' && !char.IsLetter(after) ? 2 : inside ? -1.5 : 0.7,
            'º' or 'ª' => (char.IsAsciiDigit(before) || before is 'N' or 'n') && !char.IsLetterOrDigit(after) ? 1.8 : -0.5,
            '¦' or '§' => 0.7,
            '\u00AD' => inside ? 0.3 : -1,
            '°' or '©' or '®' or '™' or '½' or '¼' or '¾' or '¹' or '±' or '·' or '×' or '÷' or '№' or '¡' or '¿'
                or '†' or '‡' or '¶' or '¬' or '‰' => inside ? -1.5 : 0.7,
            _ => -1,
        };
    }

    /// <summary>Whether a text starts with one of some words.</summary>
    static bool IsUnit(ReadOnlySpan<char> text, ReadOnlySpan<string> words)
    {
        var length = text.IndexOfAnyExceptInRange('A', 'z');
        var word = length < 0 ? text : text[..length];
        foreach (var unit in words)
        {
            if (word.SequenceEqual(unit))
            {
                return true;
            }
        }

        return false;
    }

    double ScoreWide(char c, char before, char after)
    {
        if (c == '\uFFFD')
        {
            return -10;
        }

        var mixes = char.IsAsciiLetter(before) || char.IsAsciiLetter(after) ? 1.5 : 0;
        var usual = Alphabets[0].Contains(c);
        return c switch
        {
            >= '\u3041' and <= '\u30FF' => (Name is "shift_jis" or "euc-jp" ? 1.5 : 0.5) - mixes,
            >= '\uAC00' and <= '\uD7A3' => (usual ? 1.5 : 0.6) - mixes,
            >= '\u4E00' and <= '\u9FFF' => (Name == "euc-kr" ? -0.5 : usual ? 1.6 : IsUsualIdeograph(c) ? 0.9 : -0.3) - mixes,
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

    static LegacyEncoding Of(int codePage, string name, string[] alphabets, double prior, double rarity = 0) => new(
        name,
        CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD"))!,
        alphabets,
        prior,
        rarity);
}
