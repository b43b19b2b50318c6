using System.Runtime.CompilerServices;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>
/// Ordinary records: objects whose keys are known, mostly in the order of the columns, with values that <see cref="JsonScanner"/> takes.
/// 1. The record is walked along the shape; its fields are places in it. 2. It is copied as a whole. 3. Values with escapes, or with space between
/// tokens, are put right in the copy. It writes what <see cref="Write"/> would, or nothing: whatever is not ordinary (a new key, a key twice, an escape
/// in a key, damage, the end of the window) is left to that method, the twin that tests compare with.
/// </summary>
sealed partial class JsonRowWriter
{
    readonly List<int> _unfinished = [];
    readonly JsonKeyTrail _nestedKeys = new();

    /// <summary>Writes one object as the next row. False, with nothing changed, when it is not ordinary.</summary>
    /// <param name="readable">The record and <see cref="JsonScanner.Slack"/> bytes more.</param>
    /// <param name="length">Bytes of the record, or of the window that begins with it.</param>
    /// <param name="line">Its line.</param>
    /// <param name="byteOffset">Its place in the content.</param>
    /// <param name="maxDepth">Arrays and objects in each other.</param>
    /// <param name="consumed">Bytes of the record.</param>
    public bool TryWriteOrdinary(ReadOnlySpan<byte> readable, int length, long line, long byteOffset, int maxDepth, out int consumed)
    {
        consumed = 0;
        if (readable[0] != (byte)'{')
        {
            return false;
        }

        // Step 1
        BeginRow();
        _unfinished.Clear();
        var scanner = new JsonScanner(readable, length, maxDepth, _nestedKeys);
        var end = WriteMembers(ref scanner, 1, shape.Root);
        if (end < 0 || end > length)
        {
            return false;
        }

        // Step 2
        readable[..end].CopyTo(_block.Text.AsSpan(_text));

        // Step 3
        foreach (var column in _unfinished)
        {
            Finish(ref _block.Column(column)[_block.RowCount]);
        }

        consumed = end;
        _text += end;
        PutKey();
        EndRow(line, byteOffset);
        return true;
    }

    /// <summary>Writes the members of an object, from behind its opening brace to behind its closing one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int WriteMembers(ref JsonScanner scanner, int at, JsonNode node)
    {
        var guess = 0;
        at = scanner.PassSpace(at);
        if (scanner[at] == (byte)'}')
        {
            return at + 1;
        }

        while (true)
        {
            at = PassKey(ref scanner, at, node, ref guess, out var child);
            if (at < 0 || (at = WriteMember(ref scanner, scanner.PassSpace(at), child)) < 0)
            {
                return JsonScanner.Nothing;
            }

            at = scanner.PassSpace(at);
            if (scanner[at] != (byte)',')
            {
                return scanner[at] == (byte)'}' ? at + 1 : JsonScanner.Nothing;
            }

            at = scanner.PassSpace(at + 1);
        }
    }

    /// <summary>Passes a key and its colon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int PassKey(ref JsonScanner scanner, int at, JsonNode node, ref int guess, out JsonNode child)
    {
        var children = node.ChildSpan;
        if ((uint)guess < (uint)children.Length)
        {
            child = children[guess];
            if (child.Start.IsNext(in scanner, at))
            {
                guess++;
                return at + child.Start.Length;
            }
        }

        return PassOtherKey(ref scanner, at, node, ref guess, out child);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int PassOtherKey(ref JsonScanner scanner, int at, JsonNode node, ref int guess, out JsonNode child)
    {
        child = node;
        if (scanner[at] != (byte)'"')
        {
            return JsonScanner.Nothing;
        }

        scanner.HasEscapes = false;
        var end = scanner.PassText(at + 1);
        if (end < 0 || scanner.HasEscapes || !node.TryFind(scanner.Bytes(at + 1, end - 1), ref guess, out var known))
        {
            return JsonScanner.Nothing;
        }

        child = known;
        at = scanner.PassSpace(end);
        return scanner[at] == (byte)':' ? at + 1 : JsonScanner.Nothing;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int WriteMember(ref JsonScanner scanner, int at, JsonNode node)
    {
        var first = scanner[at];
        if (first == (byte)'{' && !node.IsWhole)
        {
            // Only the twin knows what an object is where none, or only empty ones, were seen.
            return node.Children.Count > 0 && scanner.Allows(node.Depth + 1) ? WriteMembers(ref scanner, at + 1, node) : JsonScanner.Nothing;
        }

        if (node.Column >= 0)
        {
            return WriteValue(ref scanner, at, first, node);
        }

        return node.Children.Count > 0 && first == (byte)'n' ? scanner.PassWord(at) : JsonScanner.Nothing;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int WriteValue(ref JsonScanner scanner, int at, byte first, JsonNode node)
    {
        switch (first)
        {
            case (byte)'"':
                scanner.HasEscapes = false;
                var behind = scanner.PassText(at + 1);
                return PutPlace(node.Column, at + 1, behind, 1, FieldKind.String, scanner.HasEscapes);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return PutPlace(node.Column, at, scanner.PassNumber(at), 0, FieldKind.Number, false);
            case (byte)'t' or (byte)'f':
                return PutPlace(node.Column, at, scanner.PassWord(at), 0, FieldKind.Boolean, false);
            case (byte)'n':
                return PutPlace(node.Column, at, scanner.PassWord(at), 4, FieldKind.Null, false);
            case (byte)'[' or (byte)'{':
                scanner.HasSpace = false;
                behind = scanner.PassNested(at, node.Depth + 1);
                return PutPlace(node.Column, at, behind, 0, FieldKind.Json, scanner.HasSpace);
            default:
                return JsonScanner.Nothing;
        }
    }

    /// <summary>A field from its place up to so many bytes before the end of its token. A second value for a column is left to the twin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int PutPlace(int column, int at, int end, int less, FieldKind kind, bool unfinished)
    {
        if (end < 0 || _stamps[column] == _stamp)
        {
            return JsonScanner.Nothing;
        }

        _stamps[column] = _stamp;
        _columnsWritten++;
        _columns[column][_block.RowCount] = new Field(_text + at, end - less - at, kind);
        if (unfinished)
        {
            _unfinished.Add(column);
        }

        return end;
    }

    void Finish(ref Field field)
    {
        var text = _block.Text.AsSpan(field.Offset, field.Length);
        var length = field.Kind == FieldKind.String ? JsonEscapes.Decode(text) : WithoutSpace(text);
        field = new Field(field.Offset, length, field.Kind);
    }

    /// <summary>Takes the space between tokens out of JSON that is known to be sound. Returns the new length.</summary>
    static int WithoutSpace(Span<byte> json)
    {
        var length = 0;
        var isText = false;
        for (var at = 0; at < json.Length; at++)
        {
            var b = json[at];
            if (isText || b > (byte)' ')
            {
                json[length++] = b;
            }

            if (isText && b == (byte)'\\')
            {
                json[length++] = json[++at];
            }

            isText ^= b == (byte)'"';
        }

        return length;
    }
}
