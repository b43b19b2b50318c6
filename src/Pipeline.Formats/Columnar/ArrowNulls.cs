using System.Buffers.Binary;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// Finds nulls that the engine's own reader of Arrow (26.7) passes over. Below a structure or a list of fixed length that is null there are values all the
/// same, zeros of most writers, and it gives those. Arrow's library, which the engine has as well, reads such structures; of such lists it reads none.
/// </summary>
static class ArrowNulls
{
    const int MaxDepth = 64;
    const int BlockBytes = 24;
    const int NodeBytes = 16;
    const byte RecordBatchMessage = 3;
    const byte StructureType = 13;
    const byte FixedListType = 16;

    /// <summary>The record batches that the footer of a file lists.</summary>
    public static IEnumerable<ArrowMessage> Batches(Stream content, FlatTable footer) => footer.Structures(3, BlockBytes)
        .Select(block => ArrowMessage.Read(content, Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(block.Span))))
        .OfType<ArrowMessage>();

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
        var nodes = new List<(byte Type, string Column)>();
        foreach (var field in schema.Tables(1))
        {
            AddNodes(field, field.Text(0), 0, nodes);
        }

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

    // Fields stand in a batch depth first. The values of a dictionary are not among them.
    static void AddNodes(FlatTable field, string column, int depth, List<(byte Type, string Column)> nodes)
    {
        nodes.Add((field.Byte(2), column));
        if (depth < MaxDepth && field.Place(4) == 0)
        {
            foreach (var child in field.Tables(5))
            {
                AddNodes(child, column, depth + 1, nodes);
            }
        }
    }
}
