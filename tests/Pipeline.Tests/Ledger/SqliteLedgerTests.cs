using Pipeline.Ledger;
using Pipeline.TestKit.Ledger;

namespace Pipeline.Tests.Ledger;

public sealed class SqliteLedgerTests : LedgerConformance
{
    readonly SqliteFolder _folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override async Task<ILedger> OpenAsync() => await SqliteLedger.OpenAsync(_folder.Ledger, Time);

    protected override async Task<ILedger> OpenAfterCrashAsync() =>
        await SqliteLedger.OpenAsync(_folder.CopyAsIfKilled(_folder.Ledger, "crashed"), Time);
}
