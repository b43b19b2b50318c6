namespace Pipeline.Daemon.Tests.Crash;

/// <summary>
/// The crash tests run in two chains side by side. Each test has a daemon and an engine of its own; with one collection per class all of them would
/// run at once, because a test that waits gives its place to the next.
/// </summary>
static class CrashChains
{
    public const string One = "crash tests, first chain";

    public const string Two = "crash tests, second chain";
}
