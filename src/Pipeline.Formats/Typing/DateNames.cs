namespace Pipeline.Formats.Typing;

/// <summary>Names of columns that hold days, in the languages of most published files: a word of the name says so.</summary>
static class DateNames
{
    static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "days", "dates", "dt", "dte", "ymd", "dob", "yyyymmdd", "tag", "dato", "data", "fec", "jour", "dia", "día", "giorno", "dag", "tarih", "pvm",
    };

    static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_lookup = s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    static readonly string[] s_ends = ["date", "day", "datum", "fecha", "дата", "日期", "日付"];

    static readonly string[] s_starts = ["date", "datum", "fecha"];

    /// <summary>Whether <c>order_date</c>, <c>OrderDate</c>, <c>datekey</c> or the like is the name.</summary>
    public static bool Has(string name)
    {
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var isEnd = i == name.Length || !char.IsLetter(name[i]);
            if (isEnd || (i > 0 && char.IsUpper(name[i]) && char.IsLower(name[i - 1])))
            {
                if (IsWord(name.AsSpan(start, i - start)))
                {
                    return true;
                }

                start = isEnd ? i + 1 : i;
            }
        }

        return false;
    }

    static bool IsWord(ReadOnlySpan<char> word)
    {
        if (s_lookup.Contains(word))
        {
            return true;
        }

        foreach (var end in s_ends)
        {
            if (word.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        foreach (var start in s_starts)
        {
            if (word.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
