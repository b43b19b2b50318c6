using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Discovery;

/// <summary>
/// The dataset of a file: its first folder below the data folder, else its name without date, sequence and extension
/// (<c>orders_2025-01-31.csv</c> → <c>orders</c>). A pure function; the result is a safe identifier and a safe folder name: lower
/// snake_case of letters, digits and marks of any script, never empty, never starting with a digit, and never longer than
/// <see cref="MaxEscapedBytes"/> the way ClickHouse writes it into file names.
/// </summary>
public static partial class DatasetNaming
{
    /// <summary>What a name without anything to go by gets, such as <c>01-22-2020.csv</c>.</summary>
    public const string Fallback = "data";

    /// <summary>
    /// ClickHouse names folders after tables and writes every byte outside [A-Za-z0-9_] as %XX; names may have 255 bytes, and a staging
    /// table adds its own. Longer names are cut and marked with a hash of the whole.
    /// </summary>
    public const int MaxEscapedBytes = 120;

    const int HashDigits = 8;
    const int MatchMilliseconds = 1000;

    static readonly string[] s_extensions =
    [
        ".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz", ".lz4", ".br", ".zip", ".z", ".snappy", ".deflate", ".tgz", ".tar",
        ".csv", ".tsv", ".psv", ".ssv", ".tab", ".txt", ".dat", ".data", ".log", ".json", ".jsonl", ".ndjson", ".xml",
        ".xls", ".xlsx", ".xlsb", ".xlsm", ".ods", ".fods", ".parquet", ".orc", ".avro", ".arrow", ".feather", ".native", ".rejects",
    ];

    /// <param name="relativePath">Path below the data folder, with <c>/</c> between folders.</param>
    public static string Of(string relativePath)
    {
        var slash = relativePath.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? Identifier(relativePath[..slash]) : OfFileName(relativePath[(slash + 1)..]);
    }

    /// <summary>The dataset that the bare name of a file stands for.</summary>
    public static string OfFileName(string fileName)
    {
        var stem = WithoutExtensions(fileName);
        var undated = Dates().Replace(CopyMark().Replace(stem, ""), "\u0001");
        return Identifier(WithoutSequence(undated)) is var name && name != Fallback ? name : Identifier(LettersOnly(undated));
    }

    /// <summary>Any text as a safe identifier; applying it twice changes nothing.</summary>
    public static string Identifier(string text)
    {
        var name = new StringBuilder(text.Length);
        var previous = default(Rune);
        var runes = text.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            if (!IsWordRune(runes[i]))
            {
                Separate(name);
            }
            else
            {
                if (StartsWord(previous, runes[i], i + 1 < runes.Length ? runes[i + 1] : default))
                {
                    Separate(name);
                }

                name.Append(Rune.ToLowerInvariant(runes[i]).ToString());
            }

            previous = runes[i];
        }

        var trimmed = name.ToString().Trim('_');
        return trimmed.Length == 0 ? Fallback : Shorten(char.IsDigit(trimmed[0]) ? "_" + trimmed : trimmed);
    }

    static string WithoutExtensions(string name)
    {
        var found = true;
        while (found)
        {
            found = false;
            foreach (var extension in s_extensions)
            {
                if (name.Length >= extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                {
                    name = name[..^extension.Length];
                    found = true;
                }
            }
        }

        return UnknownExtension().Replace(name, "");
    }

    // Dates in the middle leave a mark behind (U+0001), so that what stood before them ends there.
    static string WithoutSequence(string name)
    {
        for (var before = ""; before != name;)
        {
            before = name;
            name = Sequence().Replace(name.TrimEnd('\u0001', ' ', '_', '-', '.'), "");
        }

        return LeadingSequence().Replace(name.TrimStart('\u0001', ' ', '_', '-', '.'), "");
    }

    static string LettersOnly(string name) => string.Concat(name.EnumerateRunes().Select(r => Rune.IsLetter(r) ? r.ToString() : "_"));

    static bool IsWordRune(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark
            or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    // Some capitals (ϔ) have no small letter: cut there, the result would be cut again.
    // salesReport → sales_report, HTTPLog → http_log, but iPhone5S stays together at its digits.
    static bool StartsWord(Rune previous, Rune rune, Rune next) =>
        Rune.ToLowerInvariant(rune) != rune && (Rune.IsLower(previous) || (Rune.ToLowerInvariant(previous) != previous && Rune.IsLower(next)));

    static void Separate(StringBuilder name)
    {
        if (name.Length > 0 && name[^1] != '_')
        {
            name.Append('_');
        }
    }

    static string Shorten(string name)
    {
        if (EscapedBytes(name) <= MaxEscapedBytes)
        {
            return name;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
        var kept = new StringBuilder();
        var bytes = 1 + HashDigits;
        foreach (var rune in name.EnumerateRunes())
        {
            bytes += EscapedBytes(rune.ToString());
            if (bytes > MaxEscapedBytes)
            {
                break;
            }

            kept.Append(rune.ToString());
        }

        return kept.ToString().TrimEnd('_') + "_" + hash;
    }

    static int EscapedBytes(string text) => text.Sum(c => c == '_' || char.IsAsciiLetterOrDigit(c) ? 1 : 0)
        + (3 * Encoding.UTF8.GetByteCount(string.Concat(text.Where(c => c != '_' && !char.IsAsciiLetterOrDigit(c)))));

    /// <summary>Dates and times in the shapes that exports use, each standing alone: not inside a longer number or a word.</summary>
    [GeneratedRegex(
        """
        (?<![\p{L}\d])(?:
            # 2025-01-31, 20250131, each with a time: T10:15:00Z, _101500, -10-15
            (?:19|20)\d\d(?<ymd>[-_. ]?)(?:0[1-9]|1[0-2])\k<ymd>(?:0[1-9]|[12]\d|3[01])
                (?:[T_\-. ]?(?:[01]\d|2[0-3])[-:_.h]?[0-5]\d(?:[-:_.m]?[0-5]\d(?:[.,]?\d{1,9})?)?s?(?:Z|[+-]\d\d:?\d\d)?)?
            # 31-01-2025, 01-31-2025, 1.2.2025
          | (?:0?[1-9]|[12]\d|3[01])(?<dmy>[-_. ])(?:0?[1-9]|[12]\d|3[01])\k<dmy>(?:19|20)\d\d
            # 31-Jan-2025, Jan 2025, January 31 2025
          | (?:(?:0?[1-9]|[12]\d|3[01])[-_. ]?)?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?
                |oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[-_.\ ,]{0,2}(?:(?:0?[1-9]|[12]\d|3[01])[-_.\ ,]{1,2})?(?:19|20)\d\d
            # 2025-01, 202501, 2025-W05, 2025Q1, Q1-2025, 2025
          | (?:19|20)\d\d[-_. ]?(?:0[1-9]|1[0-2])
          | (?:19|20)\d\d[-_. ]?(?:W(?:[0-4]\d|5[0-3])|Q[1-4]|H[12])
          | (?:Q[1-4]|H[12])[-_. ]?(?:19|20)\d\d
          | (?:19|20)\d\d
            # seconds and milliseconds since 1970, from 2001 on
          | 1\d{9}(?:\d{3})?
            # a UUID, as spark and many exports append
          | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
        )(?![\p{L}\d])
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        MatchMilliseconds)]
    private static partial Regex Dates();

    /// <summary>Numbers at the end: <c>.001</c>, <c>_2</c>, <c>(1)</c>, <c>part-3</c>; not <c>_1099</c>, which names a form.</summary>
    [GeneratedRegex(
        @"(?:[-_. \u0001#]+|^)(?:(?:part|chunk|batch|seq|file|page|no)[-_. ]?\d+|\(\d+\)|\d{1,3}|0\d+|\d+[-_ ]?of[-_ ]?\d+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Sequence();

    [GeneratedRegex(@"^0\d*[-_. \u0001]+", RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex LeadingSequence();

    /// <summary>What file managers and browsers add to a second copy.</summary>
    [GeneratedRegex(
        @"^copy of |(?:[-_ ]+copy)?(?: ?\(\d+\))+$|[-_ ]+copy(?: \d+)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex CopyMark();

    /// <summary>An extension that is not in the list: short, and with a letter, so that <c>v1.2</c> keeps its number.</summary>
    [GeneratedRegex(@"(?<=.)\.(?=[0-9]*[a-z])[a-z0-9]{1,5}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex UnknownExtension();
}
