using System.Globalization;

namespace Pipeline.Daemon.Cli;

/// <summary>
/// Columns of text, aligned: for eyes on a terminal and for awk in a pipe (two spaces between columns, no frames).
/// </summary>
sealed class TextTable(params string[] headers)
{
    readonly List<string[]> _rows = [];

    /// <summary>Cells that are numbers are aligned to the right.</summary>
    readonly bool[] _isNumeric = [.. headers.Select(_ => true)];

    /// <summary>Headers in capitals; names of other people's columns stay as they are.</summary>
    public bool CapitalHeaders { get; init; } = true;

    public void Add(params object?[] cells)
    {
        var texts = new string[cells.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            texts[i] = Flat(Convert.ToString(cells[i], CultureInfo.InvariantCulture) ?? "");
            _isNumeric[i] &= cells[i] is null or int or long or double;
        }

        _rows.Add(texts);
    }

    public void Write(TextWriter output)
    {
        var widths = headers.Select((h, i) => Math.Max(h.Length, _rows.Count == 0 ? 0 : _rows.Max(r => r[i].Length))).ToArray();
        Line(output, [.. headers.Select(h => CapitalHeaders ? h.ToUpperInvariant() : h)], widths);
        foreach (var row in _rows)
        {
            Line(output, row, widths);
        }
    }

    /// <summary>A file may be called anything; what it is called must not move the cursor or start a new row.</summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString())) : text;

    /// <summary>A message on one line: its line breaks, with the indent after them, become spaces.</summary>
    public static string Flat(string message) =>
        OneLine(message.Contains('\n', StringComparison.Ordinal) ? string.Join(' ', message.Split('\n').Select(l => l.Trim()))
            : message);

    void Line(TextWriter output, string[] cells, int[] widths) => output.WriteLine(
        string.Join("  ", cells.Select((c, i) => _isNumeric[i] ? c.PadLeft(widths[i]) : c.PadRight(widths[i]))).TrimEnd());
}
