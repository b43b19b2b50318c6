using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Ordinary records of a plain dialect, 64 bytes at a time: 1. a mask of the bytes that may end a field, 2. each of them in turn, 3. a field per
/// delimiter, a record per line break. What is not ordinary (another number of fields, a quote inside an unquoted field, a lone CR, a repeated
/// header, a record that is not whole) ends the run: CsvHelper takes over at the start of that record. It is also the twin that tests compare with.
/// </summary>
sealed partial class DelimitedReader
{
    /// <summary>Bytes looked at together; so many behind the chunk may be read.</summary>
    const int StepBytes = 64;

    /// <summary>Whether ordinary records go the fast way; tests switch it off to compare.</summary>
    internal bool CutsOrdinaryRecords { get; init; } = true;

    /// <summary>Why a run of ordinary records ended.</summary>
    enum RunEnd
    {
        Full,

        /// <summary>The chunk ends within a record.</summary>
        Cut,
        NotOrdinary,
    }

    /// <summary>What follows a run: the first record that is not in it, and its line.</summary>
    readonly record struct Run(RunEnd End, int Rows, int Next, long Line);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    Run CutOrdinary(FieldBlock block, int end)
    {
        var text = block.Text;
        if (text.Length - end < StepBytes)
        {
            throw new InvalidOperationException($"The buffer of {text.Length} bytes has no room behind the {end} bytes of its chunk.");
        }

        ref var bytes = ref MemoryMarshal.GetArrayDataReference(text);
        var columns = block.Columns;
        var last = columns.Length - 1;
        var delimiter = (byte)Format.Delimiter[0];
        var quote = (byte)(Format.Quote ?? '\n');
        var header = HeaderLine.Length;
        var (row, column) = (0, 0);
        var record = CsvText.GuardBytes;
        var field = record;
        var (line, breaks) = (_line, 0);
        var quoted = default(Field);
        var isQuoted = false;
        for (var at = record; at < end;)
        {
            // Step 1
            var mask = EndsOfFields(ref Unsafe.Add(ref bytes, at), delimiter, quote);
            mask &= end - at >= StepBytes ? ulong.MaxValue : (1UL << (end - at)) - 1;
            var resume = at + StepBytes;

            // Step 2
            while (mask != 0)
            {
                var i = at + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                var b = Unsafe.Add(ref bytes, i);

                // Step 3
                if (b == delimiter)
                {
                    if (column == last)
                    {
                        return new(RunEnd.NotOrdinary, row, record, line);
                    }

                    columns[column++][row] = isQuoted ? quoted : new Field(field, i - field, FieldKind.Text);
                    field = i + 1;
                    isQuoted = false;
                }
                else if (b == (byte)'\n')
                {
                    var recordEnd = i > field && Unsafe.Add(ref bytes, i - 1) == (byte)'\r' ? i - 1 : i;
                    if (column != last || (recordEnd - record == header && header > 0 && text.AsSpan(record, header).SequenceEqual(HeaderLine)))
                    {
                        return new(RunEnd.NotOrdinary, row, record, line);
                    }

                    columns[column][row] = isQuoted ? quoted : new Field(field, recordEnd - field, FieldKind.Text);
                    block.Lines[row] = line;
                    block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + record - CsvText.GuardBytes;
                    line += 1 + breaks;
                    record = field = i + 1;
                    (column, breaks, isQuoted) = (0, 0, false);
                    if (++row == block.MaxRows)
                    {
                        return new(RunEnd.Full, row, record, line);
                    }
                }
                else if (b == (byte)'\r')
                {
                    if (i + 1 == end || Unsafe.Add(ref bytes, i + 1) != (byte)'\n')
                    {
                        return new(i + 1 == end ? RunEnd.Cut : RunEnd.NotOrdinary, row, record, line);
                    }
                }
                else
                {
                    var close = i == field ? ClosingQuote(text.AsSpan(0, end), i, quote, delimiter) : NoQuote;
                    if (close < 0)
                    {
                        return new(close == QuoteIsCut ? RunEnd.Cut : RunEnd.NotOrdinary, row, record, line);
                    }

                    var content = text.AsSpan(i + 1, close - i - 1);
                    quoted = content.IndexOf(quote) < 0
                        ? new Field(i + 1, content.Length, FieldKind.Quoted) : DecodedField(Undoubled(content, quote), end);
                    breaks += CsvText.CountLineBreaks(content);
                    isQuoted = true;
                    resume = close + 1;
                    break;
                }
            }

            at = resume;
        }

        return new(RunEnd.Cut, row, record, line);
    }

    /// <summary>A bit for each of <see cref="StepBytes"/> bytes that is a delimiter, a quote or part of a line break.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong EndsOfFields(ref byte from, byte delimiter, byte quote)
    {
        var low = Vector256.LoadUnsafe(ref from);
        var high = Vector256.LoadUnsafe(ref from, (nuint)Vector256<byte>.Count);
        return Ends(low, delimiter, quote) | ((ulong)Ends(high, delimiter, quote) << 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Ends(Vector256<byte> bytes, byte delimiter, byte quote) => (
        Vector256.Equals(bytes, Vector256.Create(delimiter)) | Vector256.Equals(bytes, Vector256.Create(quote))
        | Vector256.Equals(bytes, Vector256.Create((byte)'\n')) | Vector256.Equals(bytes, Vector256.Create((byte)'\r'))).ExtractMostSignificantBits();

    const int QuoteIsCut = -2;

    /// <summary>
    /// Where the quote that opens at a position is closed, with a delimiter or a line break behind it; <see cref="NoQuote"/> where something else
    /// stands there, <see cref="QuoteIsCut"/> where the text ends before one can tell.
    /// </summary>
    static int ClosingQuote(ReadOnlySpan<byte> text, int open, byte quote, byte delimiter)
    {
        for (var at = open + 1; ; at += 2)
        {
            var next = text[at..].IndexOf(quote);
            at += next;
            if (next < 0 || at + 1 >= text.Length)
            {
                return QuoteIsCut;
            }

            if (text[at + 1] != quote)
            {
                return text[at + 1] == delimiter || text[at + 1] is (byte)'\r' or (byte)'\n' ? at : NoQuote;
            }

            if (at + 2 >= text.Length)
            {
                return QuoteIsCut;
            }
        }
    }

    /// <summary>The content of a quoted field with every doubled quote once; valid until the next call.</summary>
    ReadOnlySpan<byte> Undoubled(ReadOnlySpan<byte> content, byte quote)
    {
        if (_undoubled.Length < content.Length)
        {
            _undoubled = new byte[Math.Max(content.Length, 2 * _undoubled.Length)];
        }

        var length = 0;
        while (true)
        {
            var next = content.IndexOf(quote);
            if (next < 0)
            {
                content.CopyTo(_undoubled.AsSpan(length));
                return _undoubled.AsSpan(0, length + content.Length);
            }

            Debug.Assert(next + 1 < content.Length && content[next + 1] == quote, "a quote inside a quoted field that is not doubled");
            content[..(next + 1)].CopyTo(_undoubled.AsSpan(length));
            length += next + 1;
            content = content[(next + 2)..];
        }
    }

    byte[] _undoubled = [];
}
