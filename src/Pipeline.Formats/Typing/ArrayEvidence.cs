using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>Evidence about the elements of the arrays of one column.</summary>
/// <param name="depth">Arrays around these arrays.</param>
sealed class ArrayEvidence(int depth)
{
    /// <summary>
    /// Arrays in arrays that still become a type: the coordinates of a GeoJSON MultiPolygon have four levels. Deeper ones stay JSON text.
    /// </summary>
    const int MostLevels = 4;

    byte[] _text = [];

    /// <summary>What the values and nulls in the arrays are.</summary>
    public ColumnProfile Elements { get; } = new("", depth + 1);

    /// <summary>The kind of the first element that is not null; <see cref="FieldKind.Null"/>: there was none.</summary>
    public FieldKind Kind { get; private set; } = FieldKind.Null;

    /// <summary>Line of the first element of that kind.</summary>
    public long KindLine { get; private set; }

    /// <summary>Line of the first element of another kind, or of an object, or of arrays that are too deep; 0: none.</summary>
    public long MixedLine { get; private set; }

    /// <summary>Line of the first array without elements; 0: none.</summary>
    public long EmptyLine { get; private set; }

    /// <param name="text">A JSON array.</param>
    /// <param name="line">Its line.</param>
    public void Observe(ReadOnlySpan<byte> text, long line)
    {
        if (_text.Length < text.Length)
        {
            _text = new byte[Math.Max(256, text.Length * 2)];
        }

        var array = new ArrayText(text, FieldKind.Json);
        var isEmpty = true;
        while (array.MoveNext())
        {
            isEmpty = false;
            if (!array.TryCopy(_text, out var length))
            {
                continue;
            }

            var element = _text.AsSpan(0, length);
            AddKind(array.Kind, element, line);
            if (MixedLine == 0)
            {
                Elements.Observe(element, array.Kind, line);
            }
        }

        EmptyLine = isEmpty ? ColumnProfile.Earlier(EmptyLine, line) : EmptyLine;
    }

    public void Merge(ArrayEvidence other)
    {
        Elements.Merge(other.Elements);
        EmptyLine = ColumnProfile.Earlier(EmptyLine, other.EmptyLine);
        MixedLine = ColumnProfile.Earlier(MixedLine, other.MixedLine);
        if (Kind == FieldKind.Null)
        {
            (Kind, KindLine) = (other.Kind, other.KindLine);
        }
        else if (other.Kind != FieldKind.Null)
        {
            MixedLine = other.Kind == Kind ? MixedLine : ColumnProfile.Earlier(MixedLine, Math.Max(KindLine, other.KindLine));
            KindLine = Math.Min(KindLine, other.KindLine);
        }
    }

    void AddKind(FieldKind kind, ReadOnlySpan<byte> element, long line)
    {
        if (kind == FieldKind.Null)
        {
            return;
        }

        if (Kind == FieldKind.Null)
        {
            (Kind, KindLine) = (kind, line);
        }

        if (kind != Kind || (kind == FieldKind.Json && (element[0] != (byte)'[' || depth + 1 >= MostLevels)))
        {
            MixedLine = ColumnProfile.Earlier(MixedLine, line);
        }
    }
}
