using System.Text;
using CsvHelper;

namespace Pipeline.Formats.Delimited;

/// <summary>The first records of a file as texts, for detection only.</summary>
static class SampleRecords
{
    /// <summary>
    /// Enough rows to tell a rule from an accident, few enough to try a dozen delimiters in a millisecond or two.
    /// </summary>
    const int MaxRecords = 500;

    const int MaxBytes = 256 << 10;

    /// <summary>Cuts the head of a file. The last record is left out when the head may have cut it short.</summary>
    public static List<Record> Read(ReadOnlyMemory<byte> head, bool isWhole, char delimiter, int maxRecords = MaxRecords)
    {
        if (head.Length > MaxBytes)
        {
            head = head[..MaxBytes];
            isWhole = false;
        }

        var records = new List<Record>();
        var malformed = 0;
        var options = CsvText.Options(delimiter, _ => malformed++);
        using var reader = CsvReader.Create(CsvText.Guarded(head.Span), options);
        while (records.Count < maxRecords)
        {
            malformed = 0;
            if (!reader.Read())
            {
                break;
            }

            var fields = new string[reader.FieldCount];
            var quoted = new bool[fields.Length];
            for (var i = 0; i < fields.Length; i++)
            {
                var raw = reader.GetRawSpan(i);
                quoted[i] = raw.Length > 0 && raw[0] == (byte)'"';
                fields[i] = Encoding.UTF8.GetString(reader.GetSpan(i));
            }

            var end = (int)reader.ByteOffset + reader.RawRecord.Length;
            records.Add(
                new Record(fields, quoted, (int)reader.ByteOffset - CsvText.GuardBytes, end - CsvText.GuardBytes, malformed > 0));
        }

        if (!isWhole && records.Count > 1 && records[^1].End >= head.Length)
        {
            records.RemoveAt(records.Count - 1);
        }

        return records;
    }

    /// <param name="Fields">Decoded texts.</param>
    /// <param name="Quoted">Whether the field stood in quotes.</param>
    /// <param name="Start">Offset of the record in the head.</param>
    /// <param name="End">Offset just after the record, before its line break.</param>
    /// <param name="Malformed">Its quotes do not follow RFC 4180.</param>
    public sealed record Record(string[] Fields, bool[] Quoted, int Start, int End, bool Malformed);
}
