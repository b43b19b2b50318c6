using System.Buffers;

namespace Pipeline.Engine.Http;

/// <summary>The first part of a query's output, held back: in memory up to a limit, and beyond it, when asked to, in a file.</summary>
sealed class HeldOutput(int memoryBytes) : IAsyncDisposable
{
    const int PieceBytes = 64 << 10;

    readonly MemoryStream _memory = new();
    FileStream? _file;

    /// <summary>What is held, from its start.</summary>
    public Stream Content
    {
        get
        {
            var content = (Stream?)_file ?? _memory;
            content.Position = 0;
            return content;
        }
    }

    /// <summary>Reads until the output ends, or, unless all of it is wanted, until the limit is reached.</summary>
    /// <returns>Whether the output has ended.</returns>
    public async Task<bool> FillAsync(Stream output, bool all, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (true)
            {
                var read = await output.ReadAsync(buffer.AsMemory(0, PieceBytes), cancellation);
                if (read == 0)
                {
                    return true;
                }

                await ((Stream?)_file ?? _memory).WriteAsync(buffer.AsMemory(0, read), cancellation);
                if (_file is null && _memory.Length >= memoryBytes)
                {
                    if (!all)
                    {
                        return false;
                    }

                    await SpillAsync(cancellation);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }

    async Task SpillAsync(CancellationToken cancellation)
    {
        _file = new(
            Path.Combine(Path.GetTempPath(), $"pipeline-engine-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None, PieceBytes, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        _memory.Position = 0;
        await _memory.CopyToAsync(_file, cancellation);
        _memory.SetLength(0);
        _memory.Capacity = 0;
    }
}
