using System.Text;
using Pipeline.Formats;
using Pipeline.Formats.Records;

namespace Pipeline.TestKit.Formats;

/// <summary>A record as it came out of a reader, in a form that compares and prints.</summary>
public sealed record RecordSnapshot(long Record, long Line, long ByteOffset, string Fields, RejectCode Fault)
{
    /// <summary>Fields are joined by a bar; quoted ones stand in quotes, nulls are ∅, line breaks are shown.</summary>
    public static async Task<List<RecordSnapshot>> ReadAllAsync(
        IFormat format, Stream content, FormatOptions options, CancellationToken cancellationToken = default)
    {
        await using var reader = await format.OpenAsync(content, options, cancellationToken);
        using var block = FieldBlock.Create(reader.ColumnNames.Count, options);
        var all = new List<RecordSnapshot>();
        while (await reader.ReadAsync(block, cancellationToken))
        {
            all.AddRange(Take(block));
        }

        return all;
    }

    public static List<RecordSnapshot> Take(FieldBlock block)
    {
        var rows = new List<RecordSnapshot>();
        for (var row = 0; row < block.RowCount; row++)
        {
            var fields = Enumerable.Range(0, block.ColumnCount).Select(c => Show(block, block.Column(c)[row]));
            var fault = block.Faults.FirstOrDefault(f => f.Row == row && f.Code != RejectCode.None);
            rows.Add(
                new RecordSnapshot(
                block.FirstRecord + row, block.Lines[row], block.ByteOffsets[row], string.Join('|', fields), fault.Code));
        }

        return rows;
    }

    static string Show(FieldBlock block, Field field)
    {
        var text =
            Encoding.UTF8.GetString(block.Bytes(field)).Replace("\r", "␍", StringComparison.Ordinal).Replace(
            "\n", "␊", StringComparison.Ordinal);
        return field.Kind switch
        {
            FieldKind.Null => "∅",
            FieldKind.Quoted => $"\"{text}\"",
            _ => text,
        };
    }
}
