using System.Globalization;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Columnar;

/// <summary>
/// Looks at the schema of an Arrow file or stream (a flatbuffer: Schema.fbs, Message.fbs and File.fbs of the Arrow format) for what the engine's readers
/// (26.7) give back as something else:
/// <list type="bullet">
/// <item>Dates in milliseconds (date64): read as 32 bits of seconds, so that 1960 becomes 2096. Told to be timestamps they are whole.</item>
/// <item>Columns without a name, which are left out without a word, and two of one name.</item>
/// <item>Values below a structure or a list that is null: <see cref="ArrowNulls"/>.</item>
/// </list>
/// </summary>
public static class ArrowSchema
{
    const int FileMagicBytes = 8;
    const byte SchemaMessage = 1;
    const byte DateType = 8;
    const byte TimestampType = 10;

    // Of texts: short ones, those with 64-bit offsets, views.
    const byte Utf8Type = 5;
    const byte LargeUtf8Type = 20;
    const byte Utf8ViewType = 24;

    /// <summary>What must be changed; null when the engine reads the file as it is, or will say what is wrong with it.</summary>
    /// <param name="format">A file or a stream.</param>
    /// <param name="content">A file for which <see cref="ColumnarTail.Check"/> has passed; its position is changed.</param>
    /// <exception cref="BadFileException">A column would be lost or become another one.</exception>
    public static ColumnarRepair? Examine(ColumnarFormat format, Stream content)
    {
        var patches = new List<(long, byte)>();
        var milliseconds = new HashSet<string>(StringComparer.Ordinal);
        var texts = new HashSet<string>(StringComparer.Ordinal);
        var hasNullStructures = false;
        if (format == ColumnarFormat.Arrow && ArrowMessage.ReadFooter(content) is { } footer)
        {
            LookAt(footer.Root.Inner(1), footer.Position, patches, milliseconds, texts);
            hasNullStructures = ArrowNulls.AreInStructures(footer.Root.Inner(1), ArrowNulls.Batches(content, footer.Root));
        }

        // The message at the start; files of some writers have none.
        if (ArrowMessage.Read(content, format == ColumnarFormat.Arrow ? FileMagicBytes : 0) is { } first && first.Root.Byte(1) == SchemaMessage)
        {
            LookAt(first.Root.Inner(2), first.Position, patches, milliseconds, texts);
            hasNullStructures |= format == ColumnarFormat.ArrowStream
                && ArrowNulls.AreInStructures(first.Root.Inner(2), ArrowNulls.Batches(content, first));
        }

        return patches.Count == 0 && texts.Count == 0 && !hasNullStructures ? null
            : new ColumnarRepair(content.Length, null) { Patches = patches, Milliseconds = milliseconds, Utf8 = texts, HasNullStructures = hasNullStructures };
    }

    static void LookAt(FlatTable schema, long position, List<(long, byte)> patches, HashSet<string> milliseconds, HashSet<string> texts)
    {
        var column = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in schema.Tables(1))
        {
            var name = field.Text(0);
            column++;
            if (field.Byte(2) is Utf8Type or LargeUtf8Type or Utf8ViewType)
            {
                texts.Add(name);
            }

            if (name.Length == 0 || !names.Add(name))
            {
                var fault = name.Length == 0 ? "has no name" : $"has the name of another one, {name}";
                throw new BadFileException(RejectCode.UnsupportedFormat, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column {column} of the Arrow file {fault}, and the reader tells columns by their names. Give it one of its own and write the file again."));
            }
        }

        if (schema.Exists && column == 0)
        {
            throw new BadFileException(RejectCode.NotATable, "The Arrow file has no columns.");
        }

        foreach (var (field, name, depth) in ArrowFields.Of(schema, withinDictionaries: true).Where(f => f.Field.Byte(2) == DateType))
        {
            var unit = field.Inner(3).Place(0);
            if (unit == 0 && depth > 0)
            {
                // Its unit is left out, which means milliseconds for a date and seconds for a timestamp: of a column that is put right, not within one.
                throw new BadFileException(
                    RejectCode.UnsupportedType, $"Column {name} holds dates in milliseconds within lists or structures. Write them as days (date32) or timestamps.",
                    column: name);
            }

            if (unit == 0 || field.Inner(3).Byte(0) != 0)
            {
                patches.Add((position + field.Place(2), TimestampType));
            }

            if (unit == 0)
            {
                milliseconds.Add(name);
            }
        }
    }
}
