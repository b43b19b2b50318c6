using System.Text.Json;

namespace Pipeline.Formats.Json;

/// <summary>What people mean by text that is not JSON.</summary>
static class JsonFaults
{
    /// <summary>A hint for the bytes at which the reader stopped; empty when there is none.</summary>
    public static string Hint(ReadOnlySpan<byte> rest) => rest.IsEmpty ? "" : (char)rest[0] switch
    {
        '/' or '#' => ": comments are no JSON",
        '\'' => ": names and texts stand in double quotes",
        ',' => ": a comma is too many, or records are set off by commas without [ ] around them",
        ']' or '}' => ": a value is missing, or a comma is too many",
        'N' or 'I' or '+' => ": NaN, Infinity and numbers with a plus are no JSON, write null or the plain number",
        '.' or (>= '0' and <= '9') => ": a number has digits before and behind its point and no leading zeros",
        (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or '_' => ": names and texts stand in double quotes; words are true, false and null",
        _ => "",
    };

    /// <summary>The reader has no other sign for it than its message.</summary>
    public static bool IsTooDeep(JsonException e) => e.Message.Contains("maximum configured depth", StringComparison.Ordinal);
}
