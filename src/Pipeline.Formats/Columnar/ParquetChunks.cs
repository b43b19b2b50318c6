using System.Buffers.Binary;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>What a Parquet footer says about the column chunks of its row groups (parquet.thrift: RowGroup, ColumnChunk, ColumnMetaData, Statistics).</summary>
/// <param name="footer">FileMetaData.</param>
/// <param name="metadata">Its fields.</param>
sealed class ParquetChunks(byte[] footer, IReadOnlyList<ThriftField> metadata)
{
    const int RowGroupsField = 4;
    const int EncryptionField = 8;

    /// <summary>Whether the statistics of every row group say that the values of a leaf are within bounds, nulls apart; a leaf of which one says nothing is not.</summary>
    /// <param name="bounds">By leaf, in the order of the schema; null where nothing is asked.</param>
    public bool[] AreWithin(IReadOnlyList<(long First, long Last)?> bounds)
    {
        var within = bounds.Select(b => b is not null).ToArray();
        foreach (var (leaf, chunk) in Chunks())
        {
            if (leaf < within.Length && within[leaf])
            {
                within[leaf] = chunk.Exists(f => f is { Id: 3, Type: ThriftReader.Struct })
                    && IsWithin(Struct(chunk.Find(f => f is { Id: 3, Type: ThriftReader.Struct })), bounds[leaf]!.Value);
            }
        }

        return within;
    }

    /// <summary>The first leaf with an encrypted chunk; null without one. The footer itself can be read: its writer chose so.</summary>
    public int? FirstEncrypted() => metadata.Any(f => f.Id == EncryptionField)
        ? Chunks().Where(c => c.Fields.Exists(f => f.Id is EncryptionField or 9)).Select(c => (int?)c.Leaf).FirstOrDefault()
        : null;

    IEnumerable<(int Leaf, List<ThriftField> Fields)> Chunks() =>
        Structs(metadata.FirstOrDefault(f => f is { Id: RowGroupsField, Type: ThriftReader.List }))
            .Select(group => group.Find(f => f is { Id: 1, Type: ThriftReader.List }))
            .SelectMany(list => Structs(list).Select((chunk, leaf) => (leaf, chunk)));

    // The older two fields of the statistics compare without knowing of signs: what they say of numbers of one sign is right, and the others are out of bounds.
    bool IsWithin(List<ThriftField> chunk, (long First, long Last) bounds)
    {
        if (chunk.Find(f => f is { Id: 12, Type: ThriftReader.Struct }) is not { Id: 12 } field)
        {
            return false;
        }

        var statistics = Struct(field);
        if (Number(statistics, 3) is { } nulls && nulls == Number(chunk, 5))
        {
            return true;
        }

        var (least, most) = (Value(statistics, 6) ?? Value(statistics, 2), Value(statistics, 5) ?? Value(statistics, 1));
        return least >= bounds.First && most <= bounds.Last && least <= most;
    }

    long? Number(List<ThriftField> fields, int id) =>
        fields.Find(f => f.Id == id && f.Type == ThriftReader.Int64) is { Id: > 0 } field ? new ThriftReader(footer, field.Value.Start.Value).ReadZigZag() : null;

    long? Value(List<ThriftField> fields, int id)
    {
        if (fields.Find(f => f.Id == id && f.Type == ThriftReader.Binary) is not { Id: > 0 } field)
        {
            return null;
        }

        var bytes = new ThriftReader(footer, field.Value.Start.Value).ReadBinary();
        return bytes.Length switch
        {
            sizeof(int) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            sizeof(long) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => null,
        };
    }

    List<ThriftField> Struct(ThriftField field) => new ThriftReader(footer, field.Value.Start.Value).ReadStruct();

    List<List<ThriftField>> Structs(ThriftField list)
    {
        if (list.Id == 0)
        {
            return [];
        }

        var reader = new ThriftReader(footer, list.Value.Start.Value);
        var (count, type) = reader.ReadListHeader();
        var structs = new List<List<ThriftField>>();
        for (var i = 0; i < count && type == ThriftReader.Struct; i++)
        {
            structs.Add(reader.ReadStruct());
        }

        return structs;
    }
}
