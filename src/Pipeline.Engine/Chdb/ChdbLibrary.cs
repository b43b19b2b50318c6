using System.Reflection;
using System.Runtime.InteropServices;

namespace Pipeline.Engine.Chdb;

/// <summary>
/// Finds libchdb: the file named by <c>PIPELINE_CHDB</c>, else the per-user cache that the build fills
/// (<c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>, then <c>pipeline/chdb/VERSION/PLATFORM/libchdb.so</c>). It is 566 MB, so there is one
/// copy per user and version, never one per <c>bin</c>. build/fetch-chdb.mjs uses the same rule.
/// </summary>
static class ChdbLibrary
{
    static readonly Lock s_gate = new();
    static nint s_handle;

    /// <summary>The version of the npm package, recorded by the build.</summary>
    public static string Version { get; } =
        typeof(ChdbLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "ChdbVersion").Value!;

    /// <summary>The platform part of the npm package's name, or null where no package exists.</summary>
    public static string? Platform { get; } = (RuntimeInformation.OSArchitecture, OperatingSystem.IsMacOS(), OperatingSystem.IsLinux()) switch
    {
        (Architecture.X64, false, true) => "linux-x64-gnu",
        (Architecture.Arm64, false, true) => "linux-arm64-gnu",
        (Architecture.X64, true, false) => "darwin-x64",
        (Architecture.Arm64, true, false) => "darwin-arm64",
        _ => null,
    };

    /// <summary>The place where the library is, or should be.</summary>
    /// <exception cref="EngineException">There is no library, with what to do about it.</exception>
    public static string Locate()
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_CHDB") is { Length: > 0 } given)
        {
            return File.Exists(given)
                ? given
                : throw new EngineException(EngineExit.LibraryMissing, $"PIPELINE_CHDB names '{given}', and there is no such file.");
        }

        if (Platform is null)
        {
            throw new EngineException(
                EngineExit.LibraryMissing,
                $"There is no libchdb package for {RuntimeInformation.RuntimeIdentifier}: name a library with PIPELINE_CHDB, " +
                "or use a ClickHouse server (clickhouse.url).");
        }

        var path = Path.Combine(CacheFolder(), "pipeline", "chdb", Version, Platform, "libchdb.so");
        return File.Exists(path)
            ? path
            : throw new EngineException(
                EngineExit.LibraryMissing,
                $"libchdb {Version} is not at '{path}'. The build fetches it with npm: install Node.js and build again, " +
                $"or run 'node build/fetch-chdb.mjs {Version}', or name a library with PIPELINE_CHDB.");
    }

    /// <summary>
    /// Loads the library, once, and keeps the runtime's signal handlers. Every later P/Invoke resolves to it.
    /// </summary>
    public static void Load()
    {
        lock (s_gate)
        {
            if (s_handle != 0)
            {
                return;
            }

            var path = Locate();
            SignalHandlers.Save();
            try
            {
                s_handle = NativeLibrary.Load(path);
            }
            catch (DllNotFoundException exception)
            {
                throw new EngineException(EngineExit.LibraryMissing, $"'{path}' could not be loaded: {exception.Message}", exception);
            }

            NativeLibrary.SetDllImportResolver(
                typeof(ChdbLibrary).Assembly, static (name, _, _) => name == ChdbNative.Library ? s_handle : 0);
            ChdbNative.SetSignalHandlersEnabled(0);
            SignalHandlers.Restore();
        }
    }

    static string CacheFolder() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
