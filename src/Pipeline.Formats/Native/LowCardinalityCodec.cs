using System.Buffers.Binary;
using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>
/// <c>LowCardinality(T)</c>: a version in the prefix; then flags and key width, the dictionary (its number of values and the
/// values, never nullable) and the
/// keys (their number and the keys). In a block a dictionary is always its own: "additional keys", in ClickHouse's words.
/// </summary>
sealed class LowCardinalityCodec : NativeCodec<LowCardinalityColumn>
{
    public static readonly LowCardinalityCodec Instance = new();

    // SerializationLowCardinality: SharedDictionariesWithAdditionalKeys.
    const ulong Version = 1;

    const ulong NeedGlobalDictionary = 1 << 8;
    const ulong HasAdditionalKeys = 1 << 9;
    const ulong NeedUpdateDictionary = 1 << 10;
    const ulong KeyWidthMask = 0xFF;

    public static void LayOutVersion(NativeLayout layout) => layout.UInt64(Version);

    /// <summary>Flags, with the width of a key as its power of two.</summary>
    public static void LayOutFlags(int keyWidth, NativeLayout layout) =>
        layout.UInt64(HasAdditionalKeys | NeedUpdateDictionary | (ulong)int.Log2(keyWidth));

    protected override void LayOutPrefix(LowCardinalityColumn column, NativeLayout layout) => LayOutVersion(layout);

    protected override void LayOutData(LowCardinalityColumn column, NativeLayout layout)
    {
        if (column.Count == 0)
        {
            return;
        }

        LayOutFlags(column.KeyWidth, layout);
        layout.UInt64((ulong)column.Dictionary.Count);
        For(column.Dictionary).LayOutData(column.Dictionary, layout);
        layout.UInt64((ulong)column.Count);
        layout.Keys(column);
    }

    protected override async ValueTask ReadPrefixAsync(LowCardinalityColumn column, NativeInput input,
        CancellationToken cancellation)
    {
        var version = await input.ReadUInt64Async(cancellation);
        if (version != Version)
        {
            throw input.Malformed($"version {version} of a dictionary; {Version} is known");
        }
    }

    protected override async ValueTask ReadDataAsync(LowCardinalityColumn column, int rows, NativeInput input,
        CancellationToken cancellation)
    {
        while (rows > 0)
        {
            var flags = await input.ReadUInt64Async(cancellation);
            var keyWidth = (flags & KeyWidthMask) <= 3 ? 1 << (int)(flags & KeyWidthMask)
                : throw input.Malformed($"dictionary flags {flags:X}");
            if ((flags & (NeedGlobalDictionary | HasAdditionalKeys)) != HasAdditionalKeys)
            {
                throw input.Malformed($"dictionary flags {flags:X}: a dictionary outside of its block");
            }

            var map = await ReadDictionaryAsync(column, input, cancellation);
            var count = await input.ReadUInt64Async(cancellation);
            if (count == 0 || count > (ulong)rows)
            {
                throw input.Malformed($"{count} dictionary keys for {rows} rows");
            }

            await ReadKeysAsync(column, map, (int)count, keyWidth, input, cancellation);
            rows -= (int)count;
        }
    }

    /// <summary>Adds the block's dictionary to the column's; returns where each of its values stands there.</summary>
    static async ValueTask<int[]> ReadDictionaryAsync(LowCardinalityColumn column, NativeInput input,
        CancellationToken cancellation)
    {
        var size = input.CheckRows(await input.ReadUInt64Async(cancellation), "dictionary values");
        var values = column.Dictionary.Type.CreateColumn();
        await For(values).ReadDataAsync(values, size, input, cancellation);
        return column.Merge(values);
    }

    static async ValueTask ReadKeysAsync(
        LowCardinalityColumn column, int[] map, int count, int width, NativeInput input, CancellationToken cancellation)
    {
        while (count > 0)
        {
            await input.EnsureAsync(width, cancellation);
            var take = Math.Min(count, input.Buffered.Length / width);
            var keys = input.Buffered[..(take * width)];
            var room = column.Keys.AppendSpan(take);
            for (var i = 0; i < take; i++)
            {
                var key = width switch
                {
                    1 => keys[i],
                    2 => BinaryPrimitives.ReadUInt16LittleEndian(keys[(2 * i)..]),
                    4 => BinaryPrimitives.ReadUInt32LittleEndian(keys[(4 * i)..]),
                    _ => BinaryPrimitives.ReadUInt64LittleEndian(keys[(8 * i)..]),
                };
                room[i] = key < (ulong)map.Length
                    ? map[(int)key]
                    : throw input.Malformed($"dictionary key {key}, where the dictionary has {map.Length} values");
            }

            input.Consume(take * width);
            count -= take;
        }
    }
}
