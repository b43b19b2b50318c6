namespace Pipeline.Telemetry;

/// <summary>
/// The ids of log events, by range: operators filter and alert by them, so an id never changes its meaning. A part takes the next
/// free number of its range; the list of all events is approved in a test.
/// <code>
/// 1000 discovery   2000 gate (order, claim)   3000 detect and parse   4000 insert   5000 settle, archive, quarantine
/// 6000 ledger and recovery   7000 configuration and host   8000 HTTP and CLI   9000 engine
/// </code>
/// </summary>
public static class EventIds
{
    public const int Discovery = 1000;
    public const int Gate = 2000;
    public const int Parse = 3000;
    public const int Insert = 4000;
    public const int Settle = 5000;
    public const int Ledger = 6000;
    public const int Host = 7000;
    public const int Http = 8000;
    public const int Engine = 9000;

    // 2000; next free: 2002
    public const int PipelineStarted = Gate;
    public const int FileVanished = Gate + 1;

    // 3000; next free: 3002
    public const int TypesWidened = Parse;
    public const int InternalFault = Parse + 1;

    // 4000; next free: 4005
    public const int BatchInserted = Insert;
    public const int DestinationRetry = Insert + 1;
    public const int WholeInsertFailed = Insert + 2;
    public const int SpoolFailed = Insert + 3;
    public const int PartRefused = Insert + 4;

    // 5000; next free: 5011
    public const int FileLoaded = Settle;
    public const int FileDuplicate = Settle + 1;
    public const int FileEmpty = Settle + 2;
    public const int FileQuarantined = Settle + 3;
    public const int FileAgain = Settle + 4;
    public const int LoadMismatch = Settle + 5;
    public const int FileNotMoved = Settle + 6;
    public const int FileUndone = Settle + 7;
    public const int FileGone = Settle + 8;
    public const int FileReplaced = Settle + 9;
    public const int FileUnpacked = Settle + 10;

    // 6000; next free: 6005
    public const int LedgerRebuilt = Ledger;
    public const int LoadTakenBack = Ledger + 1;
    public const int PublishFinished = Ledger + 2;
    public const int OrphanDropped = Ledger + 3;
    public const int PublishRefused = Ledger + 4;

    // 7000; next free: 7010
    public const int Starting = Host;
    public const int Ready = Host + 1;
    public const int SoftStop = Host + 2;
    public const int HardStop = Host + 3;
    public const int Stopped = Host + 4;
    public const int StartFailed = Host + 5;
    public const int ListeningBeyondLoopback = Host + 6;
    public const int SystemdUnreachable = Host + 7;
    public const int SeriesFolded = Host + 8;
    public const int Fault = Host + 9;

    // 8000; next free: 8003
    public const int CommandRefused = Http;
    public const int CommandDone = Http + 1;
    public const int CommandFailed = Http + 2;
}
