using System.Net;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;
using Pipeline.TestKit.Columns;

namespace Pipeline.Formats.Tests.Columns;

public sealed class ColumnTests
{
    public static TheoryData<string> Types => [.. RandomColumns.TypeNames];

    [Theory]
    [MemberData(nameof(Types))]
    public void RemoveRows_EveryThird_LeavesTheOthersInOrder(string type)
    {
        var column = RandomColumns.Create(ColumnType.Parse(type), rows: 90, seed: 5);
        var expected = Enumerable.Range(0, 90).Where(i => i % 3 != 0).Select(i => ColumnValue.Get(column, i)).ToArray();

        column.RemoveRows([.. Enumerable.Range(0, 90).Select(i => i % 3 == 0)]);

        column.Count.ShouldBe(60);
        Enumerable.Range(0, 60).Select(i => ColumnValue.Get(column, i)).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task AppendAll_TwoColumns_HoldsTheRowsOfBothInOrder(string type)
    {
        var parsed = ColumnType.Parse(type);
        var (first, second) = (RandomColumns.Create(parsed, rows: 40, seed: 8), RandomColumns.Create(parsed, rows: 50, seed: 9));
        var expected = Enumerable.Range(0, 40).Select(i => ColumnValue.Get(first, i)).Concat(Enumerable.Range(0, 50).Select(i => ColumnValue.Get(second, i))).ToArray();
        var secondBytes = Blocks.Bytes(second);
        var all = parsed.CreateColumn();

        all.AppendAll(first);
        all.AppendAll(second);

        all.Count.ShouldBe(90);
        Enumerable.Range(0, 90).Select(i => ColumnValue.Get(all, i)).ShouldBe(expected);
        Blocks.Bytes(second).ShouldBe(secondBytes);
        var block = (await Blocks.ReadAllAsync(new MemoryStream(Blocks.Bytes(all)))).ShouldHaveSingleItem();
        Enumerable.Range(0, 90).Select(i => ColumnValue.Get(block.Columns[0].Column, i)).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ReserveLike_ThenAppendAll_TakesNoMoreMemoryAndHoldsTheSame(string type)
    {
        var parsed = ColumnType.Parse(type);
        var filled = RandomColumns.Create(parsed, rows: 500, seed: 10);
        var (grown, reserved) = (parsed.CreateColumn(), parsed.CreateColumn());
        var growing = AllocatedBy(() => grown.AppendAll(filled));

        reserved.ReserveLike(filled);
        reserved.Count.ShouldBe(0);
        var appending = AllocatedBy(() => reserved.AppendAll(filled));

        // A dictionary maps the keys of the other one, and has an index.
        appending.ShouldBeLessThanOrEqualTo(type.Contains("LowCardinality") ? growing - 1 : 0);
        Blocks.Bytes(reserved).ShouldBe(Blocks.Bytes(grown));

        static long AllocatedBy(Action append)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            append();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void AppendAll_ConstantOfAnotherText_Throws() =>
        Should.Throw<ArgumentException>(() => new ConstantColumn("a", 2).AppendAll(new ConstantColumn("b", 2)));

    [Theory]
    [MemberData(nameof(Types))]
    public void Clear_ThenFill_IsAsNew(string type)
    {
        var parsed = ColumnType.Parse(type);
        var used = RandomColumns.Create(parsed, rows: 50, seed: 6);
        used.Clear();
        used.Count.ShouldBe(0);
        RandomColumns.Fill(used, rows: 50, new Random(7));

        Blocks.Bytes(used).ShouldBe(Blocks.Bytes(RandomColumns.Create(parsed, rows: 50, seed: 7)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void AppendDefault_ThreeTimes_GivesThreeRows(string type)
    {
        var column = ColumnType.Parse(type).CreateColumn();

        column.AppendDefault();
        column.AppendDefault();
        column.AppendDefault();

        column.Count.ShouldBe(3);
        (ColumnValue.Get(column, 2) is null).ShouldBe(column.Type.AcceptsNull);
    }

    [Fact]
    public void FixedString_TooLong_Throws() =>
        Should.Throw<ArgumentException>(() => new FixedStringColumn(new FixedStringType(2)).Append("abc"u8));

    [Fact]
    public void Uuid_ToValueAndBack_IsTheSame()
    {
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

        UuidType.ToValue(id).ShouldBe(new UInt128(0x8899aabbccddeeff, 0x0011223344556677));
        UuidType.ToGuid(UuidType.ToValue(id)).ShouldBe(id);
    }

    [Fact]
    public void Addresses_ToValueAndBack_AreTheSame()
    {
        IPv4Type.ToValue(IPAddress.Parse("1.2.3.4")).ShouldBe(0x01020304u);
        IPv4Type.ToAddress(0x01020304).ToString().ShouldBe("1.2.3.4");
        IPv6Type.ToAddress(IPv6Type.ToValue(IPAddress.Parse("1:2::3"))).ToString().ShouldBe("1:2::3");
        IPv6Type.ToAddress(IPv6Type.ToValue(IPAddress.Parse("1.2.3.4"))).ToString().ShouldBe("::ffff:1.2.3.4");
        Should.Throw<ArgumentException>(() => IPv4Type.ToValue(IPAddress.IPv6Loopback));
    }
}
