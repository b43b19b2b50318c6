using Pipeline.Discovery;
using Pipeline.TestKit.Files;

namespace Pipeline.Tests.Discovery;

public sealed class FileStampTests : IDisposable
{
    readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void TryRead_File_AgreesWithTheFrameworksOwnAnswers()
    {
        var path = _home.Write("a.csv", "12345");
        var stamp = FileStamp.TryRead(path).ShouldNotBeNull();

        stamp.Bytes.ShouldBe(5);
        stamp.ModifiedAt.UtcDateTime.ShouldBe(File.GetLastWriteTimeUtc(path));
        FileStamp.TryRead(path).ShouldBe(stamp);
    }

    [Fact]
    public void TryRead_TimeBefore1970_IsKept()
    {
        var path = _home.Write("a.csv", "1");
        var time = new DateTime(1965, 3, 2, 1, 0, 0, 500, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);

        FileStamp.TryRead(path)!.Value.ModifiedAt.UtcDateTime.ShouldBe(time);
    }

    [Fact]
    public void TryRead_ReplacedByEqualBytesAndTime_Differs()
    {
        var path = _home.Write("a.csv", "1");
        var other = _home.Write("b.csv", "1");
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(path));
        var before = FileStamp.TryRead(path);
        File.Move(other, path, overwrite: true);

        FileStamp.TryRead(path).ShouldNotBe(before);
    }

    [Fact]
    public void TryRead_NotAFile_IsNull()
    {
        FileStamp.TryRead(_home.PathOf("none")).ShouldBeNull();
        FileStamp.TryRead(_home.Data).ShouldBeNull();
        File.CreateSymbolicLink(_home.PathOf("link"), _home.Write("a.csv", "1"));
        FileStamp.TryRead(_home.PathOf("link")).ShouldBeNull();
        FileStamp.TryRead(_home.PathOf("a.csv/below")).ShouldBeNull();
    }
}
