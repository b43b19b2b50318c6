using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>What a cell holds by the file's own word.</summary>
enum ExcelCellKind : byte
{
    Text,
    Number,
    Boolean,
    Error,

    /// <summary>A date or time that the file wrote as text in ISO form (strict workbooks).</summary>
    IsoMoment,
}

/// <summary>A cell that is not blank.</summary>
/// <param name="Column">0-based.</param>
/// <param name="Kind">What <paramref name="Number"/> and <paramref name="Text"/> mean.</param>
/// <param name="Number">The number; 1 or 0 for booleans.</param>
/// <param name="Text">
/// UTF-8 text of text cells, which is never empty, of ISO moments, and of integers that a double does not hold; owned by the workbook.
/// </param>
/// <param name="Moment">How the cell's number format shows a number.</param>
readonly record struct ExcelCell(int Column, ExcelCellKind Kind, double Number, ReadOnlyMemory<byte> Text, ExcelMoment Moment)
{
    /// <summary>The longest text of a number, a boolean or a moment, in bytes.</summary>
    public const int MaxPlainLength = 40;

    /// <summary>2^53: from here on not every whole number is a double.</summary>
    public const double FirstInexact = 1L << 53;

    /// <summary>The longest name of a column that is made of a cell, in bytes.</summary>
    public const int MaxNameBytes = 4096;

    /// <summary>
    /// Whether it is a whole number that had more digits once: Excel keeps fifteen, and puts zeros behind them; a double holds no more than sixteen.
    /// </summary>
    public bool MayBeCut
    {
        get
        {
            const double FirstOfSixteenDigits = 1e15;
            const double EndOfIds = 1e19;

            var size = Math.Abs(Number);
            if (!(size is >= FirstOfSixteenDigits and < EndOfIds) || Kind != ExcelCellKind.Number || !Text.IsEmpty)
            {
                return false;
            }

            var digits = (ulong)size;
            while (digits % 10 == 0)
            {
                digits /= 10;
            }

            return digits >= FirstOfSixteenDigits ? size >= FirstInexact : digits >= FirstOfSixteenDigits / 10;
        }
    }

    /// <summary>Bytes that <see cref="Write"/> needs at most.</summary>
    public int MaxLength => Math.Max(MaxPlainLength, Text.Length);

    /// <summary>Writes the cell as a field's text. Errors are null: their place in the text is empty.</summary>
    public FieldKind Write(Span<byte> target, bool is1904, out int length)
    {
        switch (Kind)
        {
            case ExcelCellKind.Text:
                Text.Span.CopyTo(target);
                length = Text.Length;
                return length == 0 ? FieldKind.Null : FieldKind.Quoted;
            case ExcelCellKind.Boolean:
                var word = Number != 0 ? "true"u8 : "false"u8;
                word.CopyTo(target);
                length = word.Length;
                return FieldKind.Boolean;
            case ExcelCellKind.Error:
                length = 0;
                return FieldKind.Null;
            case ExcelCellKind.IsoMoment:
                return ExcelMoments.WriteIso(Text.Span, target, out length);
            default:
                return Moment != ExcelMoment.None && ExcelMoments.TryWrite(Number, Moment, is1904, target, out length,
                    out var kind)
                    ? kind
                    : WriteNumber(target, out length);
        }
    }

    /// <summary>The cell as text, for headers.</summary>
    public string ToText(bool is1904)
    {
        if (Text is { Length: > MaxNameBytes })
        {
            // Cut, so that ten thousand columns do not take ten thousand long texts; the last character may be a part of one.
            return Encoding.UTF8.GetString(Text.Span[..MaxNameBytes]);
        }

        Span<byte> target = Text is { Length: > MaxPlainLength } ? new byte[Text.Length] : stackalloc byte[MaxPlainLength];
        Write(target, is1904, out var length);
        return Encoding.UTF8.GetString(target[..length]);
    }

    // Excel stores every number as a double. Whole ones below 2^53 are exact, so they are integers; others are the shortest text
    // that reads back as the same double.
    FieldKind WriteNumber(Span<byte> target, out int length)
    {
        if (!double.IsFinite(Number))
        {
            length = 0;
            return FieldKind.Null;
        }

        if (!Text.IsEmpty)
        {
            Text.Span.CopyTo(target);
            length = Text.Length;
        }
        else if (Math.Abs(Number) < FirstInexact && Math.Truncate(Number) == Number)
        {
            Utf8Formatter.TryFormat((long)Number, target, out length);
        }
        else
        {
            Number.TryFormat(target, out length, "R", CultureInfo.InvariantCulture);
        }

        return FieldKind.Number;
    }
}
