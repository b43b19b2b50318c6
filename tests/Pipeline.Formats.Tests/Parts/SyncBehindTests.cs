using Pipeline.Formats.Parts;
using Pipeline.TestKit.Files;

namespace Pipeline.Formats.Tests.Parts;

public sealed class SyncBehindTests
{
    const int Megabyte = 1 << 20;

    [Fact]
    public async Task End_WhateverWasWritten_NothingIsLeft()
    {
        using var home = new TempHome();
        using var file = File.OpenHandle(Path.Join(home.Root, "rows.bin"), FileMode.CreateNew, FileAccess.Write);
        var sync = new SyncBehind(file);
        var bytes = new byte[Megabyte];
        for (var length = 0; length < 20 * Megabyte; length += bytes.Length)
        {
            RandomAccess.Write(file, bytes, length);
            sync.Wrote(length + bytes.Length);
            sync.LeftBytes.ShouldBeInRange(0, length + bytes.Length);
        }

        await sync.EndAsync();

        sync.LeftBytes.ShouldBe(0);
        sync.EndAsync().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Wrote_Little_IsLeftForTheEnd()
    {
        using var home = new TempHome();
        using var file = File.OpenHandle(Path.Join(home.Root, "rows.bin"), FileMode.CreateNew, FileAccess.Write);
        var sync = new SyncBehind(file);
        sync.Wrote(Megabyte);

        sync.LeftBytes.ShouldBe(Megabyte);
        await sync.EndAsync();
        sync.LeftBytes.ShouldBe(0);
    }

    // fsync(2) reports a fault once: a later one that succeeds would say that all is there.
    [Fact]
    public async Task End_ASyncBeforeItFailed_Fails()
    {
        using var home = new TempHome();
        var file = File.OpenHandle(Path.Join(home.Root, "rows.bin"), FileMode.CreateNew, FileAccess.Write);
        var sync = new SyncBehind(file);
        file.Dispose();
        sync.Wrote(9 * Megabyte);

        var first = await Should.ThrowAsync<ObjectDisposedException>(() => sync.EndAsync());
        sync.LeftBytes.ShouldBe(9 * Megabyte);
        sync.Wrote(20 * Megabyte);
        (await Should.ThrowAsync<ObjectDisposedException>(() => sync.EndAsync())).ShouldBeSameAs(first);
    }
}
