using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// Which encoding a text without a mark has. UTF-8 until a byte says otherwise; then the text around the first such byte is read in every
/// encoding that people have used, and the one that gives the likeliest letters wins. Texts with more sound UTF-8 than broken are UTF-8 with
/// damaged records.
/// </summary>
static class EncodingEvidence
{
    /// <summary>Bytes behind the first that is not UTF-8 that are looked at.</summary>
    public const int WindowBytes = 64 << 10;

    /// <summary>Below this no encoding makes sense of the bytes: they are damage.</summary>
    const double LeastScore = 0.3;

    public static TextEncoding Detect(ReadOnlySpan<byte> head, bool isWhole)
    {
        if (Ascii.IsValid(head))
        {
            return TextEncoding.Utf8 with { IsOpen = true };
        }

        var at = FirstInvalid(head, isWhole, out _);
        if (at < 0)
        {
            return TextEncoding.Utf8;
        }

        var (sound, broken) = CountSequences(head[..Math.Min(head.Length, at + WindowBytes)]);
        return sound > broken ? TextEncoding.Utf8 : Guess(head, at) ?? TextEncoding.Utf8;
    }

    /// <summary>The encoding of a text whose first byte that is not UTF-8 is known; null when the bytes make no sense in any.</summary>
    public static TextEncoding? Guess(ReadOnlySpan<byte> text, int firstInvalid)
    {
        var from = text[..firstInvalid].LastIndexOf((byte)'\n') + 1;
        var window = text[from..Math.Min(text.Length, firstInvalid + WindowBytes)];

        // A sequence that the window cuts in half says nothing.
        var lastBreak = window.LastIndexOf((byte)'\n');
        window = lastBreak > firstInvalid - from ? window[..(lastBreak + 1)] : window;
        (LegacyEncoding Encoding, double Score)? best = null, second = null;
        foreach (var candidate in LegacyEncoding.All)
        {
            var score = candidate.Score(window);
            if (best is null || score > best.Value.Score)
            {
                (second, best) = (best, (candidate, score));
            }
            else if (second is null || score > second.Value.Score)
            {
                second = (candidate, score);
            }
        }

        if (best!.Value.Score < LeastScore)
        {
            return null;
        }

        var line = 1 + CsvText.CountLineBreaks(text[..firstInvalid]);
        return new TextEncoding(best.Value.Encoding.Name, 0, best.Value.Encoding.Decoder)
        {
            Replaces = true,
            Line = line,
            Evidence = $"Byte 0x{text[firstInvalid]:X2} is not UTF-8; the text around it reads best as {best.Value.Encoding.Name} "
                + $"(score {best.Value.Score:0.00}; next {second!.Value.Encoding.Name}, {second.Value.Score:0.00}).",
        };
    }

    /// <summary>Where the first sequence that is not UTF-8 starts; -1 without one. One that the end cuts off is broken only at the end of the file.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> text, bool isWhole, out bool asciiBefore)
    {
        asciiBefore = true;
        if (Utf8.IsValid(text))
        {
            return -1;
        }

        for (var at = 0; at < text.Length;)
        {
            var ascii = text[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (ascii < 0)
            {
                return -1;
            }

            at += ascii;
            var status = Rune.DecodeFromUtf8(text[at..], out _, out var used);
            if (status == OperationStatus.NeedMoreData && !isWhole)
            {
                return -1;
            }

            if (status != OperationStatus.Done)
            {
                return at;
            }

            asciiBefore = false;
            at += used;
        }

        return -1;
    }

    static (int Sound, int Broken) CountSequences(ReadOnlySpan<byte> text)
    {
        var (sound, broken) = (0, 0);
        for (var at = 0; at < text.Length;)
        {
            var ascii = text[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (ascii < 0)
            {
                break;
            }

            at += ascii;
            var done = Rune.DecodeFromUtf8(text[at..], out _, out var used) == OperationStatus.Done;
            sound += done ? 1 : 0;
            broken += done ? 0 : 1;
            at += used;
        }

        return (sound, broken);
    }
}
