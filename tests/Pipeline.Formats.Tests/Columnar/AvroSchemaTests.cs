using Pipeline.Formats.Columnar;

namespace Pipeline.Formats.Tests.Columnar;

/// <summary>Headers of Avro files that no writer makes; real ones are loaded in <c>Pipeline.Tests</c>.</summary>
public sealed class AvroSchemaTests
{
    static readonly byte[] s_least = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];

    [Fact]
    public void Examine_LeastNumberOfEntries_SaysNothing() => AvroSchema.Examine(new MemoryStream([.. "Obj\u0001"u8, .. s_least, 0, 0, 0])).ShouldBeNull();

    [Fact]
    public void Examine_LengthBeyondTheFile_SaysNothing() => AvroSchema.Examine(new MemoryStream([.. "Obj\u0001"u8, 2, 0x7E, 0])).ShouldBeNull();
}
