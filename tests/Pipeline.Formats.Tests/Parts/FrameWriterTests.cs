using Pipeline.Formats.Parts;

namespace Pipeline.Formats.Tests.Parts;

public sealed class FrameWriterTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-frames-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Hashes_FramesOfManySizes_AreThoseOfTheFileAndItsContent()
    {
        var path = Path.Combine(_folder.FullName, "frames");
        var content = new FileHash();
        (long Bytes, Hash128 Hash) all, held;
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        using (var frames = new FrameWriter(file, hashes: true))
        {
            foreach (var bytes in new[] { 1, 2023, 70_000, 0, 300_000 })
            {
                Write(frames, bytes, content);
            }

            frames.Flush();
            var hashes = frames.Hashes!.Value;
            (all, held) = ((hashes.All.Bytes, hashes.All.Value), (hashes.Content.Bytes, hashes.Content.Value));
        }

        var whole = new FileHash();
        whole.Append(File.ReadAllBytes(path));
        all.ShouldBe((whole.Bytes, whole.Value));
        held.ShouldBe((content.Bytes, content.Value));
    }

    // They have the frames that are no more.
    [Fact]
    public void ReturnTo_ThereWereHashes_HasNoneAnyMore()
    {
        using var file = File.OpenHandle(Path.Combine(_folder.FullName, "frames"), FileMode.CreateNew, FileAccess.ReadWrite);
        using var frames = new FrameWriter(file, hashes: true);
        Write(frames, 100, new FileHash());
        frames.Flush();
        var (count, position) = (frames.Frames.Count, frames.Position);
        Write(frames, 100_000, new FileHash());

        frames.ReturnTo(count, position);

        frames.Hashes.ShouldBeNull();
        RandomAccess.GetLength(file).ShouldBe(position);
    }

    static void Write(FrameWriter frames, int bytes, FileHash content)
    {
        var data = new byte[bytes];
        new Random(bytes).NextBytes(data);
        data.CopyTo(frames.GetSpan(bytes));
        frames.Advance(bytes);
        frames.EndFrame();
        content.Append(data);
    }
}
