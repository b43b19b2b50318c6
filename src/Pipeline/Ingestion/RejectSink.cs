using Pipeline.Formats;
using Pipeline.Formats.Typing;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>
/// Takes the refused rows of one load: counts all of them by code, remembers the first, and keeps them in a temporary file unless the dataset discards
/// them. One task. Dispose it to throw the file away, or hand it over.
/// </summary>
sealed class RejectSink(Func<RejectsWriter> create, bool keep) : IRejectSink, IAsyncDisposable
{
    readonly RejectTally _tally = new();
    RejectsWriter? _writer;

    public long Count => _tally.Count;

    public RejectedRow? First => _tally.First;

    /// <summary>Refused rows by code.</summary>
    public IReadOnlyDictionary<string, long> Codes => _tally.ByCode.ToDictionary(c => RejectCodes.Name(c.Code), c => c.Count);

    public void Add(RejectedRow row)
    {
        _tally.Add(row);
        if (keep)
        {
            _writer ??= create();
            foreach (var field in row.Fields)
            {
                _writer.AddField(field, quoted: false);
            }

            _writer.EndRow(row.Line, row.Column, row.Code, row.Message);
        }
    }

    /// <summary>The file of refused rows, now the caller's; null when there is none.</summary>
    public RejectsWriter? HandOver()
    {
        var writer = _writer;
        _writer = null;
        return writer;
    }

    public async ValueTask DisposeAsync()
    {
        if (HandOver() is { } writer)
        {
            await writer.DisposeAsync();
        }
    }
}
