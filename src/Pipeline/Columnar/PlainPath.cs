using System.Buffers;
using System.Buffers.Binary;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Compression;
using Pipeline.Ingestion;

namespace Pipeline.Columnar;

/// <summary>
/// A file under a path that the engine takes as it stands. In the engine's <c>file()</c> the characters <c>*?{}[]</c> are patterns and <c>::</c> looks into an
/// archive, so it never sees the file's own name: it gets a link with a random name, or the decompressed content. Disposing removes it.
/// </summary>
sealed class PlainPath : IDisposable
{
    /// <summary>What a killed process left behind is known by this suffix.</summary>
    const string Suffix = ".columnar";

    static readonly SearchValues<char> s_special = SearchValues.Create("*?{}[]:\\'");

    PlainPath(string text) => Text = text;

    public string Text { get; }

    /// <summary>A folder, made where it is missing, of files that the engine is told the paths of: this one, or another where its name would be a pattern.</summary>
    public static string FolderFor(string temporaryFolder) => Directory.CreateDirectory(
        temporaryFolder.AsSpan().ContainsAny(s_special) ? Path.GetTempPath() : temporaryFolder).FullName;

    /// <param name="temporaryFolder">Where links and decompressed files lie, if its own path can be given to the engine.</param>
    /// <exception cref="Formats.Records.BadFileException">The compressed content is damaged or above a limit.</exception>
    public static async Task<PlainPath> CreateAsync(FileContent content, string temporaryFolder, CancellationToken cancellationToken)
    {
        var path = new PlainPath(Path.Combine(FolderFor(temporaryFolder), Guid.NewGuid().ToString("N") + Suffix));
        if (content is { Compression: CompressionKind.None, FilePath: { } file })
        {
            File.CreateSymbolicLink(path.Text, file);
            return path;
        }

        try
        {
            await using var decompressed = content.OpenRead();
            await using var copy = File.Create(path.Text);
            await decompressed.CopyToAsync(copy, cancellationToken);
            return path;
        }
        catch
        {
            path.Dispose();
            throw;
        }
    }

    /// <summary>A copy of the file with other bytes at some places, in place of the file.</summary>
    public async Task PatchAsync(Stream content, IReadOnlyList<(long Position, byte Value)> patches, CancellationToken cancellationToken)
    {
        var patched = Path.ChangeExtension(Text, ".repaired" + Suffix);
        try
        {
            await using (var file = File.Create(patched))
            {
                content.Position = 0;
                await CopyAsync(content, file, content.Length, cancellationToken);
                foreach (var (position, value) in patches)
                {
                    file.Position = position;
                    file.WriteByte(value);
                }
            }

            File.Move(patched, Text, overwrite: true);
        }
        finally
        {
            File.Delete(patched);
        }
    }

    /// <summary>A copy of the file with another footer, in place of the file.</summary>
    public async Task RepairAsync(Stream content, long dataLength, byte[] footer, CancellationToken cancellationToken)
    {
        var repaired = Path.ChangeExtension(Text, ".repaired" + Suffix);
        try
        {
            await using (var file = File.Create(repaired))
            {
                content.Position = 0;
                await CopyAsync(content, file, dataLength, cancellationToken);
                await file.WriteAsync(footer, cancellationToken);
                var length = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
                await file.WriteAsync(length, cancellationToken);
                await file.WriteAsync("PAR1"u8.ToArray(), cancellationToken);
            }

            File.Move(repaired, Text, overwrite: true);
        }
        finally
        {
            File.Delete(repaired);
        }
    }

    static async Task CopyAsync(Stream from, Stream to, long bytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 18];
        while (bytes > 0)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes));
            await from.ReadExactlyAsync(part, cancellationToken);
            await to.WriteAsync(part, cancellationToken);
            bytes -= part.Length;
        }
    }

    /// <summary>Removes what an earlier process left. For a start, when no file is being read.</summary>
    public static void RemoveLeftovers(string temporaryFolder, string suffix = Suffix)
    {
        foreach (var path in Directory.Exists(temporaryFolder) ? Directory.EnumerateFiles(temporaryFolder, "*" + suffix) : [])
        {
            File.Delete(path);
        }
    }

    public void Dispose() => File.Delete(Text);
}
