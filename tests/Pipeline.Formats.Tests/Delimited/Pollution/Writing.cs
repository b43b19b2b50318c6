using System.Text;

namespace Pipeline.Formats.Tests.Delimited.Pollution;

/// <summary>How a table is written to a file, and what is put around it.</summary>
sealed record Writing
{
    public string Delimiter { get; init; } = ",";

    /// <summary>Null: nothing is quoted, and the table must not need it.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>Null: quotes are doubled.</summary>
    public char? Escape { get; init; }

    public string LineBreak { get; init; } = "\n";

    public bool QuotesAll { get; init; }

    public bool HasHeader { get; init; } = true;

    /// <summary>Written before the header and behind the last record.</summary>
    public string Above { get; init; } = "";

    public string Below { get; init; } = "";

    /// <summary>Written behind the last field of each line.</summary>
    public string LineEnd { get; init; } = "";

    public bool EndsWithLineBreak { get; init; } = true;

    public string ToText(CleanTable table)
    {
        var text = new StringBuilder(Above.Replace("\n", LineBreak, StringComparison.Ordinal));
        if (HasHeader)
        {
            Append(text, table.Columns);
        }

        foreach (var row in table.Rows)
        {
            Append(text, row);
        }

        text.Append(Below.Replace("\n", LineBreak, StringComparison.Ordinal));
        return EndsWithLineBreak ? text.ToString() : text.ToString().TrimEnd('\r', '\n');
    }

    public override string ToString()
    {
        var text = $"{Delimiter} {Quote?.ToString() ?? "none"} {Escape?.ToString() ?? "doubled"} {(QuotesAll ? "all" : "few")} {LineBreak} "
            + $"{(HasHeader ? "header" : "headless")} {Above}…{LineEnd}{Below}{(EndsWithLineBreak ? "" : "$")}";
        return text.Replace("\t", "\\t", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
    }

    /// <summary>The table with what this way of writing cannot hold taken out.</summary>
    public CleanTable Fit(CleanTable table) => Quote is not null ? table : table with
    {
        Columns = [.. table.Columns.Select(Plain)],
        Rows = [.. table.Rows.Select(r => r.Select(Plain).ToArray())],
    };

    string Plain(string cell) => Delimiter.Aggregate(cell.Replace("\"", "", StringComparison.Ordinal), (c, d) => c.Replace(d, '_'));

    void Append(StringBuilder text, string[] cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            text.Append(i > 0 ? Delimiter : "").Append(Write(cells[i]));
        }

        text.Append(LineEnd).Append(LineBreak);
    }

    public bool MustQuote(string cell) => Quote is { } quote
        && (QuotesAll || Delimiter.Any(cell.Contains) || cell.Contains(quote) || cell.Contains('\n') || (cell.Length == 0 && Delimiter == " "));

    string Write(string cell)
    {
        if (Quote is not { } quote)
        {
            return cell;
        }

        if (!MustQuote(cell))
        {
            return cell;
        }

        var inside = Escape is { } escape
            ? cell.Replace(escape.ToString(), $"{escape}{escape}", StringComparison.Ordinal).Replace(quote.ToString(), $"{escape}{quote}", StringComparison.Ordinal)
            : cell.Replace(quote.ToString(), $"{quote}{quote}", StringComparison.Ordinal);
        return $"{quote}{inside}{quote}";
    }
}
