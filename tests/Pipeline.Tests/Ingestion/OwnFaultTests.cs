using System.Threading.Channels;
using Pipeline.Formats;
using Pipeline.Ingestion;
using Pipeline.Ledger;

namespace Pipeline.Tests.Ingestion;

/// <summary>A fault of this program at one file costs that file, and no other: the daemon goes on, and the next start is not stopped by it again.</summary>
public sealed class OwnFaultTests
{
    public static TheoryData<Exception> Ours =>
    [
        new InvalidOperationException("cell 4711"), new ArgumentOutOfRangeException("b"), new IndexOutOfRangeException(), new NullReferenceException(),
        new OverflowException(), new FormatException(), new OutOfMemoryException(), new KeyNotFoundException(),
    ];

    public static TheoryData<Exception> NotOurs =>
    [
        new OperationCanceledException(), new ObjectDisposedException("ledger"), new ChannelClosedException(), new LedgerStateException("a"),
        new ReadOnlyLedger(),
    ];

    [Theory]
    [MemberData(nameof(Ours))]
    public void AsBadFile_FaultOfTheReadingCode_IsAReasonForQuarantine(Exception fault)
    {
        var bad = FileContent.AsBadFile(fault, "data/a.csv");

        bad.ShouldNotBeNull();
        bad.Code.ShouldBe(RejectCode.InternalError);
        bad.InnerException.ShouldBeSameAs(fault);
        bad.Message.ShouldContain("data/a.csv");
        bad.Message.ShouldNotContain(fault.Message, Case.Sensitive, "the message of an exception may hold contents of cells");
    }

    [Theory]
    [MemberData(nameof(NotOurs))]
    public void AsBadFile_EndOfThePipelineOrOfTheLedger_IsNotTheFiles(Exception fault) =>
        FileContent.AsBadFile(fault, "data/a.csv").ShouldBeNull();

    sealed class ReadOnlyLedger : Exception;
}
