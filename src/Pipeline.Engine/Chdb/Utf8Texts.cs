using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.Engine.Chdb;

/// <summary>Texts as a C array of NUL-terminated UTF-8 strings with their lengths, for one call.</summary>
sealed unsafe class Utf8Texts : IDisposable
{
    public Utf8Texts(IEnumerable<string> texts)
    {
        var encoded = texts.Select(Encoding.UTF8.GetBytes).ToArray();
        Count = encoded.Length;
        var size = (nuint)encoded.Sum(bytes => bytes.Length + 1 + sizeof(nint) + sizeof(nuint));
        Pointers = (byte**)NativeMemory.AllocZeroed(Math.Max(size, 1));
        Lengths = (nuint*)(Pointers + Count);
        var next = (byte*)(Lengths + Count);
        for (var i = 0; i < Count; i++)
        {
            Pointers[i] = next;
            Lengths[i] = (nuint)encoded[i].Length;
            encoded[i].CopyTo(new Span<byte>(next, encoded[i].Length));
            next += encoded[i].Length + 1;
        }
    }

    public int Count { get; }

    public byte** Pointers { get; private set; }

    public nuint* Lengths { get; private set; }

    public void Dispose()
    {
        NativeMemory.Free(Pointers);
        Pointers = null;
        Lengths = null;
    }
}
