using System.Text;

namespace Pipeline.Quarantine;

/// <summary>Names that users chose, made fit for folders of ours: a name never leaves its folder and never grows past the file system's limit.</summary>
static class FileNames
{
    /// <summary>Bytes of a name on every file system we know.</summary>
    public const int MaxBytes = 255;

    // Longer "extensions" are part of the name.
    const int MaxExtension = 24;

    static readonly string[] s_compressions = [".gz", ".zst", ".bz2", ".xz", ".lz4", ".br", ".zip"];

    /// <summary>The name itself. Throws when it is not one plain name: empty, <c>.</c>, <c>..</c>, with a separator or NUL, too long.</summary>
    public static string Require(string name, string what)
    {
        // A backslash is a character like any other where it separates nothing.
        if (name is "" or "." or ".." || name.Contains('/') || name.Contains('\0') || name.Contains(Path.DirectorySeparatorChar)
            || Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            throw new ArgumentException($"A {what} must be one plain name of at most {MaxBytes} bytes, without separators: '{name}'.");
        }

        return name;
    }

    /// <summary>Puts a suffix before the extension (<c>a.csv.gz</c>, <c> (2)</c> → <c>a (2).csv.gz</c>), cutting the name between characters to fit.</summary>
    public static string WithSuffix(string name, string suffix, int maxBytes)
    {
        var extension = Extension(name);
        var stem = name[..^extension.Length];
        var room = maxBytes - Encoding.UTF8.GetByteCount(extension) - Encoding.UTF8.GetByteCount(suffix);
        return Cut(stem, room) + suffix + extension;
    }

    /// <summary>Names to try in turn: the name, then <c> (2)</c>, <c> (3)</c> and so on.</summary>
    public static IEnumerable<string> Candidates(string name, int maxBytes)
    {
        yield return WithSuffix(name, "", maxBytes);
        for (var i = 2; i < 10_000; i++)
        {
            yield return WithSuffix(name, $" ({i})", maxBytes);
        }

        while (true)
        {
            yield return WithSuffix(name, $" ({Guid.NewGuid():N})", maxBytes);
        }
    }

    /// <summary>True when the path lies below the folder, whatever dots are in it.</summary>
    public static bool IsBelow(string folder, string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    static string Extension(string name)
    {
        var extension = Path.GetExtension(name);
        if (s_compressions.Contains(extension, StringComparer.OrdinalIgnoreCase))
        {
            extension = Path.GetExtension(name[..^extension.Length]) + extension;
        }

        return extension.Length > MaxExtension || extension.Length == name.Length ? "" : extension;
    }

    static string Cut(string text, int maxBytes)
    {
        var bytes = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
