using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Ordinary records of a plain dialect, 64 bytes at a time: 1. masks of what ends a field outside quotes (<see cref="RecordMasks"/>), 2. each end in
/// turn, 3. a field per delimiter, a record per line break. What is not ordinary (another number of fields, quotes that are not RFC 4180, a lone CR,
/// a repeated header, a record that is not whole) ends the run: CsvHelper takes over at the start of that record. It is also the twin that tests
/// compare with.
/// </summary>
sealed partial class DelimitedReader
{
    /// <summary>Whether ordinary records go the fast way; tests switch it off to compare.</summary>
    internal bool CutsOrdinaryRecords { get; init; } = true;

    /// <summary>Why a run of ordinary records ended.</summary>
    enum RunEnd
    {
        Full,

        /// <summary>The chunk ends within a record.</summary>
        Cut,
        NotOrdinary,

        /// <summary>The text of the block lies elsewhere now: the next run goes on with it.</summary>
        Moved,
    }

    /// <summary>What follows a run: the first record that is not in it, its row and its line.</summary>
    readonly record struct Run(RunEnd End, int Row, int Next, long Line);

    /// <summary>Cuts records from a place on where one starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    Run CutOrdinary(FieldBlock block, int end, int row, int record, long line)
    {
        var text = block.Text;
        if (text.Length - end < RecordMasks.StepBytes)
        {
            throw new InvalidOperationException($"The buffer of {text.Length} bytes has no room behind the {end} bytes of its chunk.");
        }

        var header = HeaderLine.Length;
        ref var bytes = ref MemoryMarshal.GetArrayDataReference(text);
        var columns = block.Columns;
        ref var firstColumn = ref MemoryMarshal.GetArrayDataReference(columns);
        var last = columns.Length - 1;
        var delimiter = (byte)Format.Delimiter[0];
        var quote = Format.Quote ?? NoQuote;
        var masks = new RecordMasks(delimiter, (byte?)Format.Quote);
        var (column, field) = (0, record);
        var (breaks, doubled) = (0, 0UL); // In the record and the field, in the steps before.
        for (var at = record; at < end; at += RecordMasks.StepBytes)
        {
            // Step 1
            masks.Next(ref Unsafe.Add(ref bytes, at));
            var inText = end - at >= RecordMasks.StepBytes ? ulong.MaxValue : (1UL << (end - at)) - 1;
            var faults = masks.Faults & inText;
            var ends = masks.Ends & inText & ((faults & (0 - faults)) - 1);
            var breaksAhead = masks.Breaks;

            // Step 2
            for (; ends != 0; ends &= ends - 1)
            {
                if (masks.IsPlain && Unsafe.Add(ref bytes, field) != quote)
                {
                    // Nearly all fields: those up to the next line feed, none of which is quoted.
                    var feed = masks.Feeds & ends;
                    var run = ends & ((feed & (0 - feed)) - 1);
                    if (BitOperations.PopCount(run) <= last - column)
                    {
                        ends ^= run;
                        for (; run != 0; run &= run - 1)
                        {
                            var stop = at + BitOperations.TrailingZeroCount(run);
                            Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Unsafe.Add(ref firstColumn, column++)), row) =
                                new Field(field, stop - field, FieldKind.Text); // Step 3
                            field = stop + 1;
                        }

                        if (ends == 0)
                        {
                            break;
                        }
                    }
                }

                var i = at + BitOperations.TrailingZeroCount(ends);
                var isDelimiter = Unsafe.Add(ref bytes, i) == delimiter;
                if (isDelimiter && column != last && Unsafe.Add(ref bytes, field) != quote)
                {
                    columns[column++][row] = new Field(field, i - field, FieldKind.Text); // Step 3 of most fields beside quoted ones.
                    field = i + 1;
                    continue;
                }

                if (isDelimiter == (column == last))
                {
                    return new(RunEnd.NotOrdinary, row, record, line);
                }

                // Step 3
                var fieldEnd = isDelimiter || i == field || Unsafe.Add(ref bytes, i - 1) != (byte)'\r' ? i : i - 1;
                if (Unsafe.Add(ref bytes, field) != quote)
                {
                    columns[column][row] = new Field(field, fieldEnd - field, FieldKind.Text);
                }
                else
                {
                    var upTo = ends ^ (ends - 1);
                    if ((doubled | (masks.Doubled & upTo)) == 0)
                    {
                        columns[column][row] = new Field(field + 1, fieldEnd - field - 2, FieldKind.Quoted);
                    }
                    else if (!TryUndouble(block, field + 1, fieldEnd - 1, out columns[column][row]))
                    {
                        return new(RunEnd.Moved, row, record, line);
                    }

                    masks.Doubled &= ~upTo;
                    doubled = 0;
                }

                field = i + 1;
                column++;
                if (isDelimiter)
                {
                    continue;
                }

                if ((uint)(fieldEnd - record - header) <= ByteOrderMark && IsHeader(text.AsSpan(record, fieldEnd - record)))
                {
                    return new(RunEnd.NotOrdinary, row, record, line);
                }

                block.Lines[row] = line;
                block.ByteOffsets[row] = _position == NoPosition ? NoPosition : _position + record - CsvText.GuardBytes;
                line += 1 + breaks;
                if (breaksAhead != 0)
                {
                    var upTo = ends ^ (ends - 1);
                    line += BitOperations.PopCount(breaksAhead & upTo);
                    breaksAhead &= ~upTo;
                }

                (record, column, breaks) = (field, 0, 0);
                if (++row == block.MaxRows)
                {
                    return new(RunEnd.Full, row, record, line);
                }
            }

            if (faults != 0)
            {
                return new(RunEnd.NotOrdinary, row, record, line);
            }

            doubled |= masks.Doubled;
            breaks += BitOperations.PopCount(breaksAhead);
        }

        return new(RunEnd.Cut, row, record, line);
    }

    /// <summary>Whether a record is the header again, perhaps with the byte order mark of the file that was put behind the first.</summary>
    bool IsHeader(ReadOnlySpan<byte> record) => HeaderLine.Length > 0
        && (record.SequenceEqual(HeaderLine) || (record.StartsWith("\uFEFF"u8) && record[ByteOrderMark..].SequenceEqual(HeaderLine)));

    /// <summary>Decodes a quoted field behind the chunk; false when the text of the block had to move to have room for it, and nothing was done.</summary>
    bool TryUndouble(FieldBlock block, int start, int end, out Field field)
    {
        var to = _decodedEnd;
        var room = to + end - start + RecordMasks.StepBytes;
        field = default;
        if (block.Text.Length < room)
        {
            block.RentText(Math.Max(room, 2 * block.Text.Length), to);
            return false;
        }

        var text = block.Text;
        var length = QuotedText.CopyUndoubled(ref text[start], end - start, ref text[to], (byte)Format.Quote!.Value);
        _decodedEnd += length;
        field = new Field(to, length, FieldKind.Quoted);
        return true;
    }
}
