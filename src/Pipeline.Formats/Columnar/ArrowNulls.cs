using System.Buffers.Binary;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// Finds nulls that the engine's own reader of Arrow (26.7) passes over. Below a structure or a list of fixed length that is null there are values all the
/// same, zeros of most writers, and it gives those. Arrow's library, which the engine has as well, reads such structures; of such lists it reads none.
/// </summary>
static class ArrowNulls
{
    const int BlockBytes = 24;
    const int NodeBytes = 16;
    const byte RecordBatchMessage = 3;
    const byte StructureType = 13;
    const byte FixedListType = 16;

    /// <summary>The record batches that the footer of a file lists.</summary>
    /// <exception cref="BadFileException">Together they are longer than the file.</exception>
    public static IEnumerable<ArrowMessage> Batches(Stream content, FlatTable footer)
    {
        var room = content.Length;
        foreach (var block in footer.Structures(3, BlockBytes))
        {
            if (ArrowMessage.Read(content, Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(block.Span))) is { } message)
            {
                var length = message.End - message.Position;
                room -= length;
                yield return length >= 0 && room >= 0 ? message
                    : throw new BadFileException(RejectCode.CorruptFile, "The footer of the Arrow file lists batches that are longer than the file.");
            }
        }
    }

    /// <summary>The messages of a stream behind its first one.</summary>
    public static IEnumerable<ArrowMessage> Batches(Stream content, ArrowMessage first)
    {
        for (var message = ArrowMessage.Read(content, first.End); message is { } next; message = ArrowMessage.Read(content, next.End))
        {
            yield return next;
        }
    }

    /// <summary>Whether a structure is null anywhere.</summary>
    /// <exception cref="BadFileException">A list of fixed length is.</exception>
    public static bool AreInStructures(FlatTable schema, IEnumerable<ArrowMessage> messages)
    {
        var nodes = ArrowFields.Of(schema, withinDictionaries: false).Select(f => (Type: f.Field.Byte(2), f.Column)).ToList();
        if (!nodes.Exists(n => n.Type is StructureType or FixedListType))
        {
            return false;
        }

        var found = false;
        foreach (var message in messages.Where(m => m.Root.Byte(1) == RecordBatchMessage))
        {
            foreach (var ((type, column), node) in nodes.Zip(message.Root.Inner(2).Structures(1, NodeBytes)))
            {
                // A node is the count of its values, and that of its nulls.
                var hasNulls = BinaryPrimitives.ReadInt64LittleEndian(node.Span[8..]) > 0;
                found |= hasNulls && type == StructureType;
                if (hasNulls && type == FixedListType)
                {
                    throw new BadFileException(
                        RejectCode.UnsupportedType,
                        $"Column {column} holds lists of fixed length that are null, and the reader would give what stands in their place. Write it as ordinary lists.",
                        column: column);
                }
            }
        }

        return found;
    }
}
