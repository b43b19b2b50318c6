namespace Pipeline.Formats.Delimited;

/// <summary>A line below the names that says the type of each column: <c>string,int,float</c>, <c>5s 15s 20d 14n</c>.</summary>
static class HeaderTypes
{
    static readonly HashSet<string> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        "string", "str", "text", "char", "character", "varchar", "varchar2", "nvarchar", "int", "integer", "int8", "int16", "int32", "int64", "uint8",
        "uint16", "uint32", "uint64", "bigint", "smallint", "tinyint", "long", "short", "float", "float32", "float64", "double", "real", "number",
        "numeric", "decimal", "bool", "boolean", "date", "datetime", "datetime64", "time", "timestamp", "timestamptz", "object", "uuid", "json", "blob",
        "bytes", "byte", "binary",
    };

    /// <summary>Whether the second record is one, and no record below it is.</summary>
    public static bool StandBelow(List<SampleRecords.Record> sample)
    {
        var names = sample[0].Fields;
        return sample.Count > 2 && names.Length > 1 && sample[1].Fields.Length == names.Length && Array.TrueForAll(sample[1].Fields, IsType)
            && !Array.TrueForAll(names, IsType) && !sample.Skip(2).Any(r => Array.TrueForAll(r.Fields, IsType));
    }

    /// <summary>A word for a type, perhaps with its length (<c>varchar(10)</c>); a length and a letter, as surveys of water write it.</summary>
    static bool IsType(string text)
    {
        var word = text.AsSpan().Trim();
        if (word.Length is > 1 and < 5 && char.IsAsciiDigit(word[0]) && word[^1] is 's' or 'd' or 'n')
        {
            return !word[..^1].ContainsAnyExceptInRange('0', '9');
        }

        var open = word.IndexOfAny('(', '[');
        word = open > 0 && word[^1] is ')' or ']' ? word[..open] : word;
        return s_types.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);
    }
}
