using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>The fields of an Arrow schema with those within them, depth first: the order in which record batches have them.</summary>
static class ArrowFields
{
    const int MaxDepth = 64;

    /// <summary>A field takes its place in a list and its own first number, where it holds nothing.</summary>
    const int MinFieldBytes = 8;

    /// <param name="schema">The schema.</param>
    /// <param name="withinDictionaries">Also what is within the values of dictionaries, which is in no record batch.</param>
    /// <exception cref="BadFileException">There are more fields than there is room for: lists share them, and each level may double their number.</exception>
    public static IEnumerable<(FlatTable Field, string Column, int Depth)> Of(FlatTable schema, bool withinDictionaries)
    {
        var open = new Stack<(FlatTable Field, string Column, int Depth)>();
        var room = schema.Bytes / MinFieldBytes;
        foreach (var column in Take(schema, 1, ref room))
        {
            open.Push((column, column.Text(0), 0));
        }

        while (open.TryPop(out var next))
        {
            yield return next;
            if (next.Depth < MaxDepth && (withinDictionaries || next.Field.Place(4) == 0))
            {
                foreach (var child in Take(next.Field, 5, ref room))
                {
                    open.Push((child, next.Column, next.Depth + 1));
                }
            }
        }
    }

    // The last one first, so that the first is on top.
    static IEnumerable<FlatTable> Take(FlatTable table, int list, ref int room)
    {
        var fields = table.Tables(list).Take(room + 1).ToArray();
        room -= fields.Length;
        return room >= 0 ? fields.Reverse()
            : throw new BadFileException(RejectCode.CorruptFile, "The schema of the Arrow file lists the same fields in several places.");
    }
}
