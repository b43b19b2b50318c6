using System.Globalization;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>What is to be said about a record that goes on beyond the limit: one field that does, or many.</summary>
static class LongRecord
{
    public static BadFileException Refuse(ReadOnlySpan<byte> start, DelimitedDialect dialect, IReadOnlyList<string> names, FormatLimits limits, long line, long? offset)
    {
        var (column, bytes, isQuoted) = dialect.IsFixedWidth || dialect.RunsOfBlanks ? (0, 0, false) : LastField(start, dialect);
        var cause = isQuoted ? "Most likely a quote was opened and never closed; correct it" : "Look for missing line breaks";
        return bytes > start.Length / 2
            ? new BadFileException(RejectCode.FieldTooLong, string.Create(
                CultureInfo.InvariantCulture,
                $"The field of column {(column < names.Count ? $"\"{names[column]}\"" : $"{column + 1}")} in the record on line {line} goes on beyond {bytes:N0} bytes, and the record beyond the limit of {limits.MaxRecordBytes:N0}. {cause}, or raise limits.max_record_bytes and limits.max_field_bytes."),
                line, byteOffset: offset)
            : new BadFileException(RejectCode.RecordTooLong, string.Create(
                CultureInfo.InvariantCulture,
                $"The record on line {line} is longer than {limits.MaxRecordBytes:N0} bytes. {cause}, or raise limits.max_record_bytes."),
                line, byteOffset: offset);
    }

    // The field that the text ends in: its column, its bytes so far, and whether it is in quotes.
    static (int Column, int Bytes, bool IsQuoted) LastField(ReadOnlySpan<byte> text, DelimitedDialect dialect)
    {
        var delimiter = Encoding.UTF8.GetBytes(dialect.Delimiter);
        for (var column = 0; ; column++)
        {
            var end = 0;
            if (dialect.Quote is { } quote && text.Length > 0 && text[0] == (byte)quote)
            {
                do
                {
                    var close = text[(end + 1)..].IndexOf((byte)quote);
                    if (close < 0)
                    {
                        return (column, text.Length, true);
                    }

                    end += close + 2;
                }
                while (end < text.Length && text[end] == (byte)quote);
            }

            var next = text[end..].IndexOf(delimiter);
            if (next < 0)
            {
                return (column, text.Length, false);
            }

            text = text[(end + next + delimiter.Length)..];
        }
    }
}
