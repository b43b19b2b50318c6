using System.Globalization;
using System.Text;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.Micro;

/// <summary>Values of one kind behind each other, with the padding behind them that the fast parsers may read.</summary>
sealed class Texts
{
    public const int Count = 16_384;

    const int Padding = 64;

    Texts(IEnumerable<string> values)
    {
        var bytes = new List<byte>();
        foreach (var value in values)
        {
            Starts.Add(bytes.Count);
            bytes.AddRange(Encoding.UTF8.GetBytes(value));
            Lengths.Add(bytes.Count - Starts[^1]);
        }

        Bytes = [.. bytes, .. new byte[Padding]];
    }

    public byte[] Bytes { get; }

    public List<int> Starts { get; } = [];

    public List<int> Lengths { get; } = [];

    public static Texts Integers { get; } = Of((ref Xorshift r) => ((long)(r.Next() >> (1 + r.Below(62)))).ToString(CultureInfo.InvariantCulture));

    public static Texts Amounts { get; } = Of((ref Xorshift r) => (r.Below(2_000_000) / 100m).ToString("F2", CultureInfo.InvariantCulture));

    public static Texts Floats { get; } = Of((ref Xorshift r) => (r.Below(1_000_000) / 10_000.0).ToString("R", CultureInfo.InvariantCulture));

    public static Texts Dates { get; } = Of((ref Xorshift r) => new DateOnly(2022, 1, 1).AddDays(r.Below(1_500)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public static Texts Uuids { get; } = Of((ref Xorshift r) => new Guid((uint)r.Next(), (ushort)r.Next(), 7, 1, 2, 3, 4, 5, 6, 7, (byte)r.Next()).ToString());

    public ReadOnlySpan<byte> this[int index] => Bytes.AsSpan(Starts[index], Lengths[index]);

    delegate string Make(ref Xorshift random);

    static Texts Of(Make make)
    {
        var random = new Xorshift(7);
        var values = new string[Count];
        for (var i = 0; i < Count; i++)
        {
            values[i] = make(ref random);
        }

        return new Texts(values);
    }
}
