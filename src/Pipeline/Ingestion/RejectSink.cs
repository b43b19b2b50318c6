using Pipeline.Formats.Typing;
using Pipeline.Quarantine;

namespace Pipeline.Ingestion;

/// <summary>
/// Takes the refused rows of one load: counts all of them by code, remembers the first, and keeps them in a temporary file unless the dataset discards
/// them. One task. Dispose it to throw the file away, or hand it over.
/// </summary>
sealed class RejectSink(Func<RejectsWriter> create, bool keep) : IRejectSink, IAsyncDisposable
{
    readonly Dictionary<string, long> _codes = [];
    RejectsWriter? _writer;

    public long Count { get; private set; }

    public RejectedRow? First { get; private set; }

    /// <summary>Refused rows by code.</summary>
    public IReadOnlyDictionary<string, long> Codes => _codes;

    public void Add(RejectedRow row)
    {
        Count++;
        First ??= row;
        var code = Formats.RejectCodes.Name(row.Code);
        _codes[code] = _codes.GetValueOrDefault(code) + 1;
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
