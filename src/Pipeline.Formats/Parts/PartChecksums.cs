using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Native;

namespace Pipeline.Formats.Parts;

/// <summary><c>checksums.txt</c> of a part, version 4: for each file its size and hash, and those of what it has when it is decompressed.</summary>
sealed class PartChecksums
{
    readonly SortedDictionary<string, (FileHash File, FileHash? Content)> _files = new(StringComparer.Ordinal);

    public void Add(string name, FileHash file, FileHash? content = null) => _files.Add(name, (file, content));

    public byte[] Text()
    {
        var content = new ArrayBufferWriter<byte>();
        Number(content, (ulong)_files.Count);
        foreach (var (name, (file, decompressed)) in _files)
        {
            Number(content, (ulong)name.Length);
            content.Write(Encoding.ASCII.GetBytes(name));
            Number(content, (ulong)file.Bytes);
            content.Write(BytesOf(file.Value));
            content.Write([(byte)(decompressed is null ? 0 : 1)]);
            if (decompressed is not null)
            {
                // The hash of the hashes of all streams, of which there is one.
                Number(content, (ulong)decompressed.Bytes);
                content.Write(BytesOf(CityHash128.Of(BytesOf(decompressed.Value), default)));
            }
        }

        var frame = new byte[FrameWriter.HeaderBytes + content.WrittenCount];
        content.WrittenSpan.CopyTo(frame.AsSpan(FrameWriter.HeaderBytes));
        FrameWriter.WriteHeader(frame);
        return [.. "checksums format version: 4\n"u8, .. frame];
    }

    static void Number(ArrayBufferWriter<byte> output, ulong value) => output.Advance(VarInt.Write(output.GetSpan(VarInt.MaxBytes), value));

    static byte[] BytesOf(Hash128 hash)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), hash.High);
        return bytes;
    }
}
