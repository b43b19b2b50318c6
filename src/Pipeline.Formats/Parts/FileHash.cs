namespace Pipeline.Formats.Parts;

/// <summary>
/// The hash of a file as <c>checksums.txt</c> of a part has it: over blocks of 2048 bytes, each with the hash of those before as its seed. One task.
/// </summary>
sealed class FileHash
{
    // ClickHouse: DBMS_DEFAULT_HASHING_BLOCK_SIZE.
    const int BlockBytes = 2048;

    readonly byte[] _open = new byte[BlockBytes];
    int _filled;
    Hash128 _hash;

    public long Bytes { get; private set; }

    public Hash128 Value => _filled > 0 ? CityHash128.Of(_open.AsSpan(0, _filled), _hash) : _hash;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (_filled > 0)
        {
            var take = Math.Min(BlockBytes - _filled, bytes.Length);
            bytes[..take].CopyTo(_open.AsSpan(_filled));
            _filled += take;
            bytes = bytes[take..];
            if (_filled < BlockBytes)
            {
                return;
            }

            _hash = CityHash128.Of(_open, _hash);
            _filled = 0;
        }

        while (bytes.Length >= BlockBytes)
        {
            _hash = CityHash128.Of(bytes[..BlockBytes], _hash);
            bytes = bytes[BlockBytes..];
        }

        bytes.CopyTo(_open);
        _filled = bytes.Length;
    }
}
