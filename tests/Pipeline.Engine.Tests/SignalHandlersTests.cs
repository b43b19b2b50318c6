using System.Runtime.CompilerServices;
using Pipeline.Engine.Chdb;

namespace Pipeline.Engine.Tests;

/// <summary>libchdb takes the deadly signals away from the runtime, which needs them: loaded into this process to see that it gets them back.</summary>
public sealed class SignalHandlersTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NullReference_AfterConnects_IsStillAnException()
    {
        using var store = ChdbStore.Open(_folder.Store);
        for (var i = 0; i < 3; i++)
        {
            using (var connection = store.Connect("id", ""))
            {
                connection.Query("SELECT 1").Data.ShouldBe("1\n"u8.ToArray());
                Should.Throw<NullReferenceException>(() => Length(null!));
                var zero = i - i;
                Should.Throw<DivideByZeroException>(() => 1 / zero);
            }

            store.Release("id");
            Should.Throw<NullReferenceException>(() => Length(null!));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Length(string text) => text.Length;
}
