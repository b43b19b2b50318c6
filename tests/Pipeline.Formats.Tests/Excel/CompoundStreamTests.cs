using System.Buffers.Binary;
using System.Text;
using Pipeline.Formats.Excel;

namespace Pipeline.Formats.Tests.Excel;

/// <summary>Streams of compound files ([MS-CFB]), written sector by sector.</summary>
public sealed class CompoundStreamTests
{
    const int SectorBytes = 512;
    const int SmallSectorBytes = 64;
    const uint EndOfChain = 0xFFFFFFFE;

    // Sector 0 says which sector follows which, 1 is the directory, 2 says it of the small ones, which lie in 3 and 4.
    const int Fat = 0;
    const int Directory = 1;
    const int SmallFat = 2;
    const int FirstOfRoot = 3;
    const int SecondOfRoot = 4;

    readonly byte[] _data = [.. Enumerable.Range(0, 600).Select(i => (byte)(i * 7))];

    [Theory]
    [InlineData(0, 600)]
    [InlineData(0, 64)]
    [InlineData(63, 2)]
    [InlineData(500, 100)]
    [InlineData(590, 50)]
    public void Read_SmallStream_IsFoundInTheSmallSectors(int position, int count)
    {
        var stream = CompoundStream.TryOpen(new MemoryStream(Write(next: i => i + 1)), "Book", "Workbook")!;
        var buffer = new byte[count];

        var read = stream.Read(position, buffer);

        stream.Length.ShouldBe(_data.Length);
        buffer[..read].ShouldBe(_data[position..Math.Min(_data.Length, position + count)]);
    }

    [Fact]
    public void Read_SmallStreamWhoseSectorsGoInCircles_Ends()
    {
        var stream = CompoundStream.TryOpen(new MemoryStream(Write(next: i => 1 - (i & 1))), "Workbook")!;

        stream.Read(0, new byte[_data.Length]).ShouldBe(_data.Length, "it says how long it is");
    }

    [Fact]
    public void Read_SmallStreamBeyondTheRoot_IsShorter()
    {
        var file = Write(next: i => i + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Place(Fat) + (4 * FirstOfRoot)), EndOfChain);

        CompoundStream.TryOpen(new MemoryStream(file), "Workbook")!.Length.ShouldBe(SectorBytes);
    }

    [Fact]
    public void TryOpen_OtherName_IsNull() => CompoundStream.TryOpen(new MemoryStream(Write(next: i => i + 1)), "Contents").ShouldBeNull();

    byte[] Write(Func<int, int> next)
    {
        var file = new byte[6 * SectorBytes];
        ((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).CopyTo(file);
        file[30] = 9;
        file[32] = 6;
        file.AsSpan(76, 4 * 109).Fill(0xFF);
        Put(file, 44, 1);
        Put(file, 48, Directory);
        Put(file, 60, SmallFat);
        Put(file, 64, 1);
        Put(file, 68, EndOfChain);
        Put(file, 76, Fat);

        file.AsSpan(Place(Fat), SectorBytes).Fill(0xFF);
        Put(file, Place(Fat) + (4 * Directory), EndOfChain);
        Put(file, Place(Fat) + (4 * SmallFat), EndOfChain);
        Put(file, Place(Fat) + (4 * FirstOfRoot), SecondOfRoot);
        Put(file, Place(Fat) + (4 * SecondOfRoot), EndOfChain);

        Entry(file, 0, "Root Entry", kind: 5, FirstOfRoot, 2 * SectorBytes);
        Entry(file, 1, "Workbook", kind: 2, first: 0, _data.Length);

        // Small sectors in order, ten of them.
        var last = (_data.Length - 1) / SmallSectorBytes;
        file.AsSpan(Place(SmallFat), SectorBytes).Fill(0xFF);
        for (var i = 0; i <= last; i++)
        {
            Put(file, Place(SmallFat) + (4 * i), i == last ? EndOfChain : (uint)next(i));
        }

        _data.CopyTo(file, Place(FirstOfRoot));
        return file;
    }

    static void Entry(byte[] file, int index, string name, byte kind, uint first, int length)
    {
        var at = Place(Directory) + (128 * index);
        Encoding.Unicode.GetBytes(name).CopyTo(file, at);
        file[at + 64] = (byte)((2 * name.Length) + 2);
        file[at + 66] = kind;
        Put(file, at + 116, first);
        Put(file, at + 120, (uint)length);
    }

    static int Place(int sector) => (sector + 1) * SectorBytes;

    static void Put(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
}
