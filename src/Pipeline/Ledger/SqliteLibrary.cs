using System.Runtime.InteropServices;
using SQLitePCL;

namespace Pipeline.Ledger;

/// <summary>
/// Chooses the native SQLite once per process: the system's own library when it is there and new enough (it gets the
/// distribution's security fixes), else the one bundled with the package (docs/decisions/0004-sqlite-ledger.md). Must run before
/// the first connection.
/// </summary>
static class SqliteLibrary
{
    /// <summary>
    /// Oldest system library that is preferred to the bundled 3.35.5: the one of Debian 12, which these statements are tested
    /// with.
    /// </summary>
    const int OldestSystemVersion = 3_040_000;

    // SQLITE_CONFIG_MULTITHREAD and SQLITE_CONFIG_MEMSTATUS.
    const int MultiThread = 2;
    const int MemoryStatus = 9;

    static readonly Lazy<string> s_version = new(Load);

    /// <summary>
    /// Version and origin, for example <c>3.40.1 (system libsqlite3.so.0)</c> or <c>3.35.5 (bundled)</c>. Loads the library.
    /// </summary>
    public static string Version => s_version.Value;

    static string Load()
    {
        var origin = "bundled";
        var system = OperatingSystem.IsLinux() ? "libsqlite3.so.0" : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : null;
        if (system is not null && NativeLibrary.TryLoad(system, out var handle))
        {
            if (IsUsable(handle))
            {
                origin = $"system {system}";
                NativeLibrary.SetDllImportResolver(
                    typeof(SQLite3Provider_e_sqlite3).Assembly,
                    (name, _, _) => string.Equals(name, "e_sqlite3", StringComparison.Ordinal) ? handle : IntPtr.Zero);
            }
            else
            {
                NativeLibrary.Free(handle);
            }
        }

        Batteries_V2.Init();
        Configure();
        return $"{raw.sqlite3_libversion().utf8_to_string()} ({origin})";
    }

    // Each connection is used by one task at a time, and nobody asks how much memory SQLite has: the locks that guard both against several threads, around
    // each call and each allocation, took 2 % of the daemon's time with a backlog of small files. A library that was started by somebody else keeps its
    // ways, which are right as well.
    static void Configure()
    {
        _ = raw.sqlite3_config(MultiThread);
        if (!OperatingSystem.IsMacOS())
        {
            // There a variable argument is passed in another place.
            _ = raw.sqlite3_config(MemoryStatus, 0);
        }
    }

    static bool IsUsable(IntPtr library) =>
        Call(library, "sqlite3_libversion_number") >= OldestSystemVersion && Call(library, "sqlite3_threadsafe") != 0;

    static int Call(IntPtr library, string function) =>
        NativeLibrary.TryGetExport(library, function,
            out var address) ? Marshal.GetDelegateForFunctionPointer<IntFunction>(address)() : 0;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int IntFunction();
}
