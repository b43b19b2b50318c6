using System.IO.Compression;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests.Columnar;

/// <summary>Streams of three rows, <c>id</c> and <c>v</c>, of which the second v is null and has values below it. Made with Arrow's library.</summary>
public sealed class ArrowNullsTests
{
    /// <summary><c>{1, "abc"}</c>, null above <c>{2, null}</c>, <c>{3, null}</c>.</summary>
    const string Structures =
        "H4sIAAAAAAACA3VRMW7DMAw82nJiGCrgwQg8dMjQIWOf0Cd07FinadL0AX1JxjwiT+gDMuQp+YF6ougmEOADSOpIiqSoEEK4AmgR0cBjhgo1T4Q4cpDV1M40UFAOlE7vdf"
        + "TPMNfM1urIwzv1213+k51P7Md45Y1fyIV2TTmnWNFZ7Fc5ZBkVZVC/01jkPxTPjmN/n3oXj+qPc3vKXOce68RZ9huApUMv6Q3Q/IW93OqUDj3NK0Y05F63EHdztJ2VuKHG"
        + "NLzZ1qyY7bO8PstfZfnPWZ2X/+lucNlcuOOS8am42K5GfzXhl6xGabMM64/N53b3tf9OsZD+En+NppDWcAIAAA==";

    /// <summary><c>[1, 2]</c>, null above <c>[3, 4]</c>, <c>[5, 6]</c>.</summary>
    const string FixedLists =
        "H4sIAAAAAAACA3VQyw3CMAx9adKPqhx6qFAPHBiBARiAQeBQCW6IE4MxAEOwTXhJX0QVgSXbeY79/AkhhDeAAVF6eDSo0fFFMY4YRB2tkwUq6oM6prqR8QZtyhzEY4Yj7U"
        + "H5Rv7FXkTVKPxMGGYnPN/OV5CrI2rUJ9beqZ7MuY9felTbFI/zeWqb5st8sXY+AUH7jcsfMzfaUDzWYaLbI0tP7NO28QYX3cbiKzX+i5cf5I38VORNP+K26IMVzjxN8W+0"
        + "qy1mW8ed4rE2LDfHB2tx1674AQAA";

    [Fact]
    public void Examine_StructureIsNull_IsSaid() =>
        ArrowSchema.Examine(ColumnarFormat.ArrowStream, Unpack(Structures)).ShouldNotBeNull().HasNullStructures.ShouldBeTrue();

    [Fact]
    public void Examine_NoStructureIsNull_NothingIsSaid()
    {
        using var stream = Unpack(Structures);
        var bytes = stream.ToArray();

        // The node of v: three values, one null.
        byte[] node = [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        bytes[bytes.AsSpan().IndexOf(node) + 8] = 0;

        ArrowSchema.Examine(ColumnarFormat.ArrowStream, new MemoryStream(bytes)).ShouldBeNull();
    }

    [Fact]
    public void Examine_ListOfFixedLengthIsNull_IsRefused()
    {
        var bad = Should.Throw<BadFileException>(() => ArrowSchema.Examine(ColumnarFormat.ArrowStream, Unpack(FixedLists)));

        (bad.Code, bad.Column).ShouldBe((RejectCode.UnsupportedType, "v"));
    }

    [Fact]
    public void Examine_AnyByteChangedOrCut_IsLeftToTheEngineOrRefused()
    {
        using var stream = Unpack(Structures);
        var bytes = stream.ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var value in (byte[])[0, 1, 0x7F, 0xFF])
            {
                var damaged = (byte[])bytes.Clone();
                damaged[i] = value;
                foreach (var content in (byte[][])[damaged, damaged[..i]])
                {
                    try
                    {
                        ArrowSchema.Examine(ColumnarFormat.ArrowStream, new MemoryStream(content));
                    }
                    catch (BadFileException e)
                    {
                        e.Code.ShouldBeOneOf(RejectCode.UnsupportedFormat, RejectCode.UnsupportedType, RejectCode.NotATable, RejectCode.CorruptFile);
                    }
                }
            }
        }
    }

    static MemoryStream Unpack(string packed)
    {
        var stream = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        gzip.CopyTo(stream);
        return stream;
    }
}
