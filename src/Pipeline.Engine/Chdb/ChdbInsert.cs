using System.Runtime.InteropServices;

namespace Pipeline.Engine.Chdb;

/// <summary>
/// An insert that is under way on a connection. Its data is appended in pieces that may break anywhere; <see cref="Append"/> blocks
/// while the engine is busy with what it has. An insert that is disposed before <see cref="Complete"/> is cancelled.
/// </summary>
sealed unsafe class ChdbInsert : IDisposable
{
    nint _stream;

    internal ChdbInsert(nint stream) => _stream = stream;

    /// <summary>Why the insert has failed so far: an unknown table shows at once, a bad value as soon as it was read.</summary>
    public ChdbError? Error
    {
        get
        {
            var text = Marshal.PtrToStringUTF8((nint)ChdbNative.StreamInsertError(_stream));
            return text is null ? null : ChdbError.Parse(text);
        }
    }

    /// <returns>False when the insert has failed: <see cref="Complete"/> says why.</returns>
    public bool Append(ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data)
        {
            return data.IsEmpty || ChdbNative.StreamAppend(_stream, pointer, (nuint)data.Length) == 0;
        }
    }

    /// <summary>Ends the data and waits until the rows are in the table, or the insert failed.</summary>
    public ChdbOutcome Complete() => ChdbConnection.Take(ChdbNative.StreamDone(_stream));

    /// <summary>Gives the insert up: what the engine has not written yet is not written.</summary>
    public void Cancel() => ChdbNative.StreamCancelInsert(_stream);

    public void Dispose()
    {
        if (_stream != 0)
        {
            ChdbNative.DestroyInsertStream(_stream);
            _stream = 0;
        }
    }
}
