using System.Reflection;
using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Compression;

/// <summary>
/// The system's compression libraries, found by the names that Linux and macOS give them. zstd and xz belong to every Debian and
/// Ubuntu base
/// system and lz4 to all but the smallest images; where one is missing, opening such a file says which package to install.
/// </summary>
static class NativeLibraries
{
    public const string Zstd = "pipeline-zstd";
    public const string Lzma = "pipeline-lzma";
    public const string Lz4 = "pipeline-lz4";

    static readonly Dictionary<string, (string[] Names, string Format, string Package)> s_libraries = new()
    {
        [Zstd] = (["libzstd.so.1", "libzstd.1.dylib", "libzstd"], "zstd", "libzstd1"),
        [Lzma] = (["liblzma.so.5", "liblzma.5.dylib", "liblzma"], "xz", "liblzma5 (xz-libs)"),
        [Lz4] = (["liblz4.so.1", "liblz4.1.dylib", "liblz4"], "lz4", "liblz4-1 (lz4-libs)"),
    };

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Makes sure that the library is here before the first call into it.</summary>
    /// <exception cref="BadFileException">It is not.</exception>
    public static void Require(string library)
    {
        if (Resolve(library, typeof(NativeLibraries).Assembly, null) == 0)
        {
            var (names, format, package) = s_libraries[library];
            throw new BadFileException(RejectCode.UnsupportedFormat,
                $"Reading {format} files needs the system library {names[0]}, which is not " +
                $"installed here: install the package {package}, or decompress the file first.");
        }
    }

    static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        if (s_libraries.TryGetValue(library, out var known))
        {
            foreach (var name in known.Names)
            {
                if (NativeLibrary.TryLoad(name, assembly, DllImportSearchPath.SafeDirectories, out var handle))
                {
                    return handle;
                }
            }
        }

        return 0;
    }
}
