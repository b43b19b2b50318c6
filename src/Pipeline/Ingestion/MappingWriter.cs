using System.Threading.Channels;

namespace Pipeline.Ingestion;

/// <summary>Lets a writer of one type write into a channel of another: no second channel, no task between them.</summary>
sealed class MappingWriter<TIn, TOut>(ChannelWriter<TOut> inner, Func<TIn, TOut> map) : ChannelWriter<TIn>
{
    public override bool TryWrite(TIn item) => inner.TryWrite(map(item));

    public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) => inner.WaitToWriteAsync(cancellationToken);
}
