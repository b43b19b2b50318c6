using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Pipeline.Engine.Http;

/// <summary>
/// The memory that requests are received into, in blocks of <see cref="BlockBytes"/>. Kestrel's own blocks have 4 KiB: a receive, a handover
/// between threads and an append to the engine for each of them cost more than the insert of what is in them.
/// </summary>
sealed class LargeBlocks : IMemoryPoolFactory<byte>
{
    /// <summary>Fits the second-level cache; a fourth of it costs half again as much system time, eight times it saves nothing.</summary>
    const int BlockBytes = 128 << 10;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    sealed class Pool : MemoryPool<byte>
    {
        public override int MaxBufferSize => Shared.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockBytes));

        protected override void Dispose(bool disposing)
        {
        }
    }
}
