using System.Text;
using System.Text.Unicode;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Delimited;

/// <summary>
/// A file that is ASCII so far may turn out to be in any encoding. The first byte that is not UTF-8 decides, however late it comes: all before
/// it is the same in every encoding, so that nothing has to be read again.
/// </summary>
sealed partial class DelimitedReader
{
    bool IsOtherEncoding(ReadOnlySpan<byte> bytes, out int firstInvalid)
    {
        firstInvalid = -1;
        if (Ascii.IsValid(bytes))
        {
            return false;
        }

        firstInvalid = EncodingEvidence.FirstInvalid(bytes, isWhole: true, out var asciiBefore);
        _isEncodingOpen = false;
        return firstInvalid >= 0 && asciiBefore;
    }

    /// <summary>Looks at the bytes around the first that is not UTF-8, all of them still ahead, and goes back to before the chunk.</summary>
    async ValueTask DecideEncodingAsync(int firstInvalid, Chunk chunk, CancellationToken cancellationToken)
    {
        var window = new byte[firstInvalid + EncodingEvidence.WindowBytes];
        var length = await _source.TakeAsync(window, cancellationToken);
        var guess = EncodingEvidence.Guess(window.AsSpan(0, length), firstInvalid);
        _source.GiveBack(window.AsSpan(0, length));
        (_line, _position, _skippedRecords) = (chunk.Line, chunk.Position, chunk.Skipped);
        if (guess is not null)
        {
            var line = _line + guess.Line!.Value - 1;
            _encoding = guess;
            _source.Transcode(guess);
            _position = NoPosition;
            WarnOnce("encoding_guessed", guess.Evidence!, line);
        }
    }
}
