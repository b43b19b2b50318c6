using System.Globalization;
using System.Text;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Column names that are safe, unique and predictable, from names as files have them: letters and digits of any script stay,
/// everything else
/// becomes one underscore; without any, the column is named by its place.
/// </summary>
public static class ColumnNaming
{
    /// <summary>Bytes of a name; ClickHouse keeps columns as files named after them, of at most 255 bytes escaped.</summary>
    const int MaxBytes = 120;

    /// <summary>Names that every table of this program has for its own use.</summary>
    static readonly string[] s_reserved = ["_file_id", "_row", "_loaded_at"];

    /// <summary>One name per original, in their order. The same originals always give the same names.</summary>
    public static IReadOnlyList<string> MakeSafe(IReadOnlyList<string> originals)
    {
        var bases = originals.Select((name, i) => Clean(name) is { Length: > 0 } clean ? clean : $"column_{i + 1}").ToArray();

        // A name that is already there keeps it: with "a", "a", "a_2" the second "a" becomes "a_3".
        var taken = new HashSet<string>(bases, StringComparer.Ordinal);
        var used = new HashSet<string>(s_reserved, StringComparer.Ordinal);
        var counters = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new string[bases.Length];
        for (var i = 0; i < bases.Length; i++)
        {
            var name = s_reserved.Contains(bases[i]) ? "file" + bases[i] : bases[i];
            if (!used.Add(name))
            {
                var number = counters.GetValueOrDefault(name, 2);
                while (taken.Contains($"{name}_{number}") || used.Contains($"{name}_{number}"))
                {
                    number++;
                }

                counters[name] = number + 1;
                name = $"{name}_{number}";
                used.Add(name);
            }

            names[i] = name;
        }

        return names;
    }

    static string Clean(string name)
    {
        var text = new StringBuilder(name.Length);
        var bytes = 0;
        var gap = false;
        foreach (var rune in name.Normalize(NormalizationForm.FormC).Trim().EnumerateRunes())
        {
            var keep = rune.Value == '_' || Rune.IsLetterOrDigit(rune)
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (!keep)
            {
                gap = true;
                continue;
            }

            if (gap && text.Length > 0 && text[^1] != '_' && rune.Value != '_')
            {
                text.Append('_');
                bytes++;
            }

            gap = false;
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxBytes)
            {
                break;
            }

            text.Append(rune);
        }

        return text.ToString();
    }
}
