using System.Text;

namespace Pipeline.Formats.Delimited;

/// <summary>How the records of a file are cut into fields.</summary>
sealed record DelimitedDialect
{
    /// <summary>Between two fields: one character, or up to four.</summary>
    public required string Delimiter { get; init; }

    /// <summary>Opens and closes fields; null where quotes are ordinary text.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>Makes the quote, delimiter or line break after it text; null where quotes are doubled instead.</summary>
    public char? Escape { get; init; }

    /// <summary>Lines that start with it, and do not have the fields of a record, are skipped.</summary>
    public string? Comment { get; init; }

    /// <summary>Blanks around fields, also before an opening quote, belong to the layout.</summary>
    public bool TrimsBlanks { get; init; }

    /// <summary>The delimiter at the start of a line is the frame of the table: nothing stands before it.</summary>
    public bool IsFramed { get; init; }

    /// <summary>Any run of blanks, or of tabs alone where they are the delimiter, is one delimiter; at both ends of a line it is none.</summary>
    public bool RunsOfBlanks { get; init; }

    /// <summary>Fixed width: where each column starts, in characters. Empty for delimited text.</summary>
    public IReadOnlyList<int> Starts { get; init; } = [];

    public bool IsFixedWidth => Starts.Count > 0;

    /// <summary>Lines of blanks hold nothing then, whatever their length.</summary>
    public bool IsLaidOutByBlanks => RunsOfBlanks || IsFixedWidth;

    /// <summary>Whether CsvHelper cuts it: RFC 4180 with any one delimiter and any quote. Everything else is rarer and slower.</summary>
    public bool IsPlain => Delimiter.Length == 1 && char.IsAscii(Delimiter[0]) && Escape is null && Comment is null && !TrimsBlanks
        && !IsFramed && !IsLaidOutByBlanks;

    public static DelimitedDialect Of(char delimiter) => new() { Delimiter = delimiter.ToString() };

    /// <summary>For evidence and messages.</summary>
    public string Describe()
    {
        var text = new StringBuilder(IsFixedWidth ? $"{Starts.Count} columns of fixed width" : RunsOfBlanks ? Delimiter == "\t" ? "runs of tabs" : "runs of blanks" : Delimiter switch
        {
            "," => "comma",
            ";" => "semicolon",
            "\t" => "tab",
            "|" => "pipe",
            ":" => "colon",
            [< ' ' and var c] => $"character 0x{(int)c:X2}",
            _ => $"'{Delimiter}'",
        });
        if (TrimsBlanks)
        {
            text.Append(" and blanks");
        }

        text.Append(IsFramed ? ", framed" : "");

        if (Quote != '"' && !IsLaidOutByBlanks)
        {
            text.Append(Quote is null ? ", no quotes" : $", quote {Quote}");
        }

        return text.Append(Escape is { } escape ? $", escape {escape}" : "").Append(Comment is { } comment ? $", comments {comment}" : "").ToString();
    }
}
