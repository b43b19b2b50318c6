using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Formats.Excel;

/// <summary>
/// Records of a binary workbook part ([MS-XLSB] 2.1.4): a type of one or two bytes, a length of one to four, and the data.
/// </summary>
sealed class XlsbRecords(Stream stream) : IDisposable
{
    readonly BufferedStream _stream = new(stream, 64 << 10);
    byte[] _data = new byte[256];

    public int Type { get; private set; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Data => _data.AsSpan(0, Length);

    public bool Read()
    {
        var first = _stream.ReadByte();
        if (first < 0)
        {
            return false;
        }

        Type = (first & 0x80) == 0 ? first : (first & 0x7F) | ((NextByte() & 0x7F) << 7);
        var length = 0;
        for (var i = 0; i < 4; i++)
        {
            var part = NextByte();
            length |= (part & 0x7F) << (7 * i);
            if ((part & 0x80) == 0)
            {
                break;
            }
        }

        if (length > _data.Length)
        {
            // A cell holds 32,767 characters; the largest records are a few MiB. A wild length must not become memory.
            if (length > 16 << 20)
            {
                throw new InvalidDataException("a record of the binary workbook is impossibly long");
            }

            _data = new byte[length * 2];
        }

        Length = length;
        _stream.ReadExactly(_data.AsSpan(0, length));
        return true;
    }

    public void Dispose() => _stream.Dispose();

    int NextByte()
    {
        var next = _stream.ReadByte();
        return next < 0 ? throw new InvalidDataException("a record of the binary workbook is cut") : next;
    }
}

/// <summary>The parts of a binary workbook that are read whole. Record numbers are those of [MS-XLSB] 2.3.</summary>
static class XlsbParts
{
    const int BrtSstItem = 19;
    const int BrtFmt = 44;
    const int BrtXf = 47;
    const int BrtWbProp = 153;
    const int BrtBundleSh = 156;
    const int BrtMergeCell = 176;
    const int BrtBeginCellXfs = 617;
    const int BrtEndCellXfs = 618;

    public static void ReadWorkbook(Stream stream, Action<string, string, bool> addSheet, out bool is1904)
    {
        is1904 = false;
        using var records = new XlsbRecords(stream);
        while (records.Read())
        {
            if (records.Type == BrtWbProp)
            {
                is1904 = (records.Data[0] & 1) != 0;
            }
            else if (records.Type == BrtBundleSh)
            {
                var state = BinaryPrimitives.ReadInt32LittleEndian(records.Data);
                var relation = WideString(records.Data[8..], out var length);
                addSheet(WideString(records.Data[(8 + length)..], out _), relation, state != 0);
            }
        }
    }

    public static void ReadStrings(Stream stream, SharedStrings strings)
    {
        using var records = new XlsbRecords(stream);
        while (records.Read())
        {
            if (records.Type == BrtSstItem)
            {
                strings.Add(RichText(records.Data));
            }
        }
    }

    public static void ReadMerges(Stream stream, Action<ExcelMerge> add)
    {
        using var records = new XlsbRecords(stream);
        while (records.Read())
        {
            if (records.Type == BrtMergeCell)
            {
                add(new ExcelMerge(Int(0) + 1L, Int(4) + 1L, Int(8), Int(12)));
            }
        }

        int Int(int at) => BinaryPrimitives.ReadInt32LittleEndian(records.Data[at..]);
    }

    public static void ReadStyles(Stream stream, Dictionary<int, string> codes, List<int> formats)
    {
        using var records = new XlsbRecords(stream);
        var inCellFormats = false;
        while (records.Read())
        {
            switch (records.Type)
            {
                case BrtFmt:
                    codes.TryAdd(BinaryPrimitives.ReadUInt16LittleEndian(records.Data), WideString(records.Data[2..], out _));
                    break;
                case BrtBeginCellXfs or BrtEndCellXfs:
                    inCellFormats = records.Type == BrtBeginCellXfs;
                    break;
                case BrtXf when inCellFormats:
                    formats.Add(BinaryPrimitives.ReadUInt16LittleEndian(records.Data[2..]));
                    break;
            }
        }
    }

    /// <summary>A text whose runs and phonetic hints follow behind it: only the text counts.</summary>
    public static byte[] RichText(ReadOnlySpan<byte> data) => Encoding.UTF8.GetBytes(WideString(data[1..], out _));

    /// <summary>A text of UTF-16 units behind their number; -1 is none.</summary>
    public static string WideString(ReadOnlySpan<byte> data, out int length)
    {
        var units = BinaryPrimitives.ReadInt32LittleEndian(data);
        units = units == -1 ? 0 : units;
        length = 4 + checked(units * 2);
        return Encoding.Unicode.GetString(data[4..length]);
    }
}
