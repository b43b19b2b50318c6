using System.Runtime.InteropServices;

namespace Pipeline.Engine.Chdb;

/// <summary>
/// Keeps the runtime's own signal handlers alive. libchdb resets the deadly signals to their defaults, at
/// <c>chdb_set_signal_handlers_enabled</c> and again at every connect; the .NET runtime turns SIGSEGV into
/// <see cref="NullReferenceException"/> and needs its handlers. So: <see cref="Save"/> before the library is touched,
/// <see cref="Restore"/> after each of those calls.
/// </summary>
static unsafe partial class SignalHandlers
{
    // The C structs are 152 bytes (glibc) and 16 bytes (macOS): more room than either needs, copied as bytes.
    const int ActionBytes = 256;

    // SIGILL, SIGTRAP, SIGABRT, SIGFPE and SIGSEGV have one number everywhere; SIGBUS, SIGSYS and SIGTSTP do not.
    static readonly int[] s_signals = OperatingSystem.IsMacOS() ? [4, 5, 6, 8, 10, 11, 12, 18] : [4, 5, 6, 7, 8, 11, 20, 31];
    static byte[]? s_saved;

    public static void Save()
    {
        var saved = new byte[s_signals.Length * ActionBytes];
        fixed (byte* actions = saved)
        {
            for (var i = 0; i < s_signals.Length; i++)
            {
                if (SigAction(s_signals[i], null, actions + (i * ActionBytes)) != 0)
                {
                    throw new InvalidOperationException($"The handler of signal {s_signals[i]} could not be read.");
                }
            }
        }

        s_saved = saved;
    }

    public static void Restore()
    {
        var saved = s_saved ?? throw new InvalidOperationException("The signal handlers were not saved before.");
        fixed (byte* actions = saved)
        {
            for (var i = 0; i < s_signals.Length; i++)
            {
                if (SigAction(s_signals[i], actions + (i * ActionBytes), null) != 0)
                {
                    throw new InvalidOperationException($"The handler of signal {s_signals[i]} could not be restored.");
                }
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SigAction(int signal, byte* action, byte* previous);
}
