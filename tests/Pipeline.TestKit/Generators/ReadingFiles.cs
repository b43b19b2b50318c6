namespace Pipeline.TestKit.Generators;

/// <summary>
/// Many small CSV files of one kind, as devices or hourly exports leave them: six columns, about 60 bytes a row. Every file holds values that show each
/// column's type. The bytes of a file are a pure function of its number and its rows.
/// </summary>
public static class ReadingFiles
{
    public static IReadOnlyList<WideColumn> Columns { get; } =
    [
        new("reading_id", "Int64"),
        new("measured_at", "DateTime('UTC')"),
        new("sensor", "String"),
        new("value", "Decimal(18, 3)"),
        new("valid", "Bool"),
        new("remark", "String"),
    ];

    /// <summary>The columns as ClickHouse's <c>structure</c> argument.</summary>
    public static string Structure { get; } = string.Join(", ", Columns.Select(c => $"{c.Name} {c.Type}"));

    public static string NameOf(int number) => $"readings_{number:D6}.csv";

    /// <summary>Writes one file and returns its size in bytes.</summary>
    public static long WriteFile(string folder, int number, int rows)
    {
        using var file = new FileStream(Path.Combine(folder, NameOf(number)), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return Write(file, number, rows);
    }

    /// <summary>Writes the rows of one file to a stream, which stays open, and returns the bytes written.</summary>
    public static long Write(Stream stream, int number, int rows)
    {
        using var to = new Utf8Output(stream);
        to.Bytes("reading_id,measured_at,sensor,value,valid,remark\n"u8);
        var random = new Xorshift((ulong)number);
        for (var i = 0; i < rows; i++)
        {
            var id = ((long)number * rows) + i;
            to.Integer(id);
            to.Byte((byte)',');
            to.Timestamp(1_704_067_200 + id);
            to.Bytes(",sensor-"u8);
            to.Digits((ulong)random.Below(500), 3);
            to.Byte((byte)',');
            to.Fixed(random.Below(10_000_000), 3);
            to.Bytes(random.OneIn(9) ? ",false,"u8 : ",true,"u8);
            if (i % 10 == 0)
            {
                to.Bytes("recalibrated"u8);
            }

            to.Byte((byte)'\n');
        }

        to.Flush();
        return to.Written;
    }
}
