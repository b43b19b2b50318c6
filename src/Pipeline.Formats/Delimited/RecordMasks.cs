using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// What the next 64 bytes of RFC 4180 text mean, as masks with a bit for each byte. A byte is inside quotes when an odd number of quotes stands
/// before it: a doubled quote closes and opens again, and so needs no rule of its own. The text starts with a record.
/// </summary>
/// <param name="delimiter">Between two fields.</param>
/// <param name="quote">Opens and closes fields; null where quotes are ordinary text.</param>
[StructLayout(LayoutKind.Auto)]
struct RecordMasks(byte delimiter, byte? quote)
{
    /// <summary>Bytes looked at together; so many behind the text may be read.</summary>
    public const int StepBytes = 64;

    readonly byte _delimiter = delimiter;
    readonly byte _quote = quote ?? 0;
    readonly ulong _quotes = quote is null ? 0 : ulong.MaxValue;

    // The last byte before this step: bit 0, but all bits of the first.
    ulong _inside;
    ulong _endsField = 1;
    ulong _closesQuote;
    ulong _isReturn;

    /// <summary>Delimiters and line feeds outside quotes.</summary>
    public ulong Ends { get; private set; }

    /// <summary>Those of <see cref="Ends"/> that are line feeds.</summary>
    public ulong Feeds { get; private set; }

    /// <summary>No quote is in this step, nor open before it, and no CR: every end ends a field of plain text, except that the first may have begun with a quote.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>The second quote of each doubled one; those that were used may be taken out.</summary>
    public ulong Doubled { get; set; }

    /// <summary>Line breaks inside quotes, a bit for each: LF, CR, or the CR of a CR LF.</summary>
    public ulong Breaks { get; private set; }

    /// <summary>
    /// Where the text stops being RFC 4180: a quote that opens within a field, a byte behind a closing quote that is neither a delimiter nor a line
    /// break, a byte other than LF behind a CR outside quotes. What the masks say beyond the first of them means nothing.
    /// </summary>
    public ulong Faults { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next(ref byte from)
    {
        var delimiters = Equal(ref from, _delimiter);
        var quotes = Equal(ref from, _quote) & _quotes;
        var feeds = Equal(ref from, (byte)'\n');
        var returns = Equal(ref from, (byte)'\r');
        if ((quotes | returns | _inside | _closesQuote | _isReturn) == 0)
        {
            Ends = delimiters | feeds;
            Feeds = feeds;
            IsPlain = true;
            _endsField = Ends >> 63;
            Doubled = Breaks = Faults = 0;
            return;
        }

        var inside = PrefixXor(quotes) ^ _inside; // Opening quotes are inside, closing ones are not.
        var opening = quotes & inside;
        var closing = quotes & ~inside;
        var ends = (delimiters | feeds) & ~inside;
        var behindField = ((ends | closing) << 1) | _endsField;
        var behindQuote = (closing << 1) | _closesQuote;
        var behindReturn = (returns << 1) | _isReturn;
        Ends = ends;
        Feeds = feeds & ~inside;
        IsPlain = false;
        Doubled = opening & behindQuote;
        Breaks = (returns | (feeds & ~behindReturn)) & inside;
        Faults = (opening & ~behindField) | (behindQuote & ~(delimiters | feeds | returns | quotes)) | (behindReturn & ~(inside | feeds | closing));
        _inside = (ulong)((long)inside >> 63);
        _endsField = (ends | closing) >> 63;
        _closesQuote = closing >> 63;
        _isReturn = returns >> 63;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Equal(ref byte from, byte value)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return Vector512.Equals(Vector512.LoadUnsafe(ref from), Vector512.Create(value)).ExtractMostSignificantBits();
        }

        var low = Vector256.Equals(Vector256.LoadUnsafe(ref from), Vector256.Create(value));
        var high = Vector256.Equals(Vector256.LoadUnsafe(ref from, (nuint)Vector256<byte>.Count), Vector256.Create(value));
        return low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
    }

    /// <summary>Each bit is the parity of the bits up to it: a carry-less product with ones, where the processor has one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong PrefixXor(ulong bits) => Pclmulqdq.IsSupported
        ? Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(bits), Vector128<ulong>.AllBitsSet, 0).ToScalar() : PrefixXorByShifts(bits);

    internal static ulong PrefixXorByShifts(ulong bits)
    {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        bits ^= bits << 8;
        bits ^= bits << 16;
        return bits ^ (bits << 32);
    }
}
