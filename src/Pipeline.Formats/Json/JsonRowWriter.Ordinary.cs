using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>
/// Ordinary records: objects whose keys are known, mostly in the order of the columns, with values that <see cref="JsonCopier"/> takes. It writes what
/// <see cref="Write"/> would, or nothing: whatever is not ordinary (a new key, a key twice, an escape in a key, damage, the end of the window) is left to
/// that method, the twin that tests compare with.
/// </summary>
sealed partial class JsonRowWriter
{
    /// <summary>Writes one object as the next row. False, with nothing changed, when it is not ordinary.</summary>
    /// <param name="record">The record and <see cref="JsonCopier.Slack"/> bytes more.</param>
    /// <param name="length">Bytes of the record, or of the window that begins with it.</param>
    /// <param name="line">Its line.</param>
    /// <param name="byteOffset">Its place in the content.</param>
    /// <param name="maxDepth">Arrays and objects in each other.</param>
    /// <param name="consumed">Bytes of the record.</param>
    public bool TryWriteOrdinary(ReadOnlySpan<byte> record, int length, long line, long byteOffset, int maxDepth, out int consumed)
    {
        BeginRow();
        var copier = new JsonCopier(record, length, _block.Text, _text, maxDepth);
        if (!copier.TryPass((byte)'{') || !TryWriteObject(ref copier, shape.Root))
        {
            consumed = 0;
            return false;
        }

        consumed = copier.At;
        _text = copier.Written;
        EndRow(line, byteOffset);
        return true;
    }

    /// <summary>The members of an object behind its opening brace.</summary>
    bool TryWriteObject(ref JsonCopier copier, JsonNode node)
    {
        var guess = 0;
        if (copier.TryPass((byte)'}'))
        {
            return true;
        }

        while (true)
        {
            if (!TryPassKey(ref copier, node, ref guess, out var child) || !copier.TryPass((byte)':') || !TryWriteMember(ref copier, child))
            {
                return false;
            }

            if (!copier.TryPass((byte)','))
            {
                return copier.TryPass((byte)'}');
            }
        }
    }

    static bool TryPassKey(ref JsonCopier copier, JsonNode node, ref int guess, out JsonNode child)
    {
        var children = node.ChildSpan;
        copier.Next();
        if ((uint)guess < (uint)children.Length)
        {
            child = children[guess];
            if (child.IsPlain && copier.TryPass(child.QuotedKey))
            {
                guess++;
                return true;
            }
        }

        var found = copier.TryPassPlainString(out var key) & node.TryFind(key, ref guess, out var known);
        child = known!;
        return found && child.IsPlain;
    }

    bool TryWriteMember(ref JsonCopier copier, JsonNode node)
    {
        var first = copier.Next();
        if (first == (byte)'{' && !node.IsWhole)
        {
            // Only the twin knows what an object is where none, or only empty ones, were seen.
            return node.Children.Count > 0 && copier.Allows(node.Depth + 1) && copier.TryPass(first) && TryWriteObject(ref copier, node);
        }

        if (node.Column < 0)
        {
            return node.Children.Count > 0 && copier.TryPassNull();
        }

        return TryWriteValue(ref copier, first, node);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool TryWriteValue(ref JsonCopier copier, byte first, JsonNode node)
    {
        var start = copier.Written;
        FieldKind kind;
        bool copied;
        switch (first)
        {
            case (byte)'"':
                (kind, copied) = (FieldKind.String, copier.TryCopyText());
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                (kind, copied) = (FieldKind.Number, copier.TryCopyNumber());
                break;
            case (byte)'t' or (byte)'f':
                (kind, copied) = (FieldKind.Boolean, copier.TryCopyWord());
                break;
            case (byte)'n':
                (kind, copied) = (FieldKind.Null, copier.TryPassNull());
                break;
            case (byte)'[' or (byte)'{':
                (kind, copied) = (FieldKind.Json, copier.TryCopyNested(node.Depth + 1));
                break;
            default:
                return false;
        }

        var column = node.Column;
        if (!copied || _stamps[column] == _stamp)
        {
            return false;
        }

        _stamps[column] = _stamp;
        _columnsWritten++;
        _block.Column(column)[_block.RowCount] = new Field(start, copier.Written - start, kind);
        return true;
    }
}
