using System.Buffers;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;

namespace Pipeline.Formats.Tests;

/// <summary>Blocks as bytes and back.</summary>
static class Blocks
{
    public static byte[] Bytes(params Column[] columns)
    {
        var output = new ArrayBufferWriter<byte>();
        NativeBlockWriter.Write(output, [.. columns.Select((c, i) => new NamedColumn("c" + i, c))]);
        return output.WrittenSpan.ToArray();
    }

    public static async Task<List<NativeBlock>> ReadAllAsync(Stream stream, NativeLimits? limits = null)
    {
        var blocks = new List<NativeBlock>();
        using var reader = new NativeBlockReader(stream, limits);
        while (await reader.ReadAsync(CancellationToken.None) is { } block)
        {
            blocks.Add(block);
        }

        return blocks;
    }
}

/// <summary>A stream that gives a few bytes at a time.</summary>
sealed class TinyReadStream(byte[] bytes, int most) : MemoryStream(bytes, writable: false)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
}
