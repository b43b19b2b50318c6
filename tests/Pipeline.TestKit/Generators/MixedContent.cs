using System.IO.Compression;

namespace Pipeline.TestKit.Generators;

/// <summary>
/// The content of one file of <see cref="MixedFiles"/>. Every value of a column has the same type and the same number of digits
/// in every file, so that no file decides the type of another; no value is missing, so that no column becomes Nullable.
/// </summary>
sealed record MixedContent(string Kind, MixedOutcome Outcome, byte[] Bytes, int Rows, int Rejected, string Extension = "csv")
{
    /// <summary>Now and then a name that a shell would need to quote.</summary>
    public static string FileName(int number, string extension) => (number % 20) switch
    {
        3 => $"part {number:D5}.{extension}",
        7 => $"teil-ß-{number:D5}.{extension}",
        11 => $"part'{number:D5}'.{extension}",
        15 => $"🙂{number:D5}.{extension}",
        _ => $"part-{number:D5}.{extension}",
    };

    public static MixedContent Good(ref Xorshift random, int number)
    {
        var rows = 1 + random.Below(200);
        return new("good", MixedOutcome.Loaded, Table(ref random, number, rows, bad: _ => false, lineEnd: random.OneIn(5) ? "\r\n" : "\n"), rows, 0);
    }

    /// <summary>One or two rows with a field too many or too few, below 5 % of the rows.</summary>
    public static MixedContent WithBadRows(ref Xorshift random, int number)
    {
        var rows = 60 + random.Below(140);
        var bad = 1 + random.Below(2);
        var first = random.Below(rows - 30);
        return new("bad rows", MixedOutcome.Loaded, Table(ref random, number, rows, i => i >= first && i < first + bad), rows, bad);
    }

    public static MixedContent NoBytes() => new("no bytes", MixedOutcome.Empty, [], 0, 0);

    /// <summary>One of 16 spellings of the header, so that the first 16 of a dataset have different contents.</summary>
    public static MixedContent OnlyHeader(int variant)
    {
        var names = (variant & 1) == 0 ? Header : $"\"{Header.Replace(",", "\",\"", StringComparison.Ordinal)}\"";
        var end = (variant & 2) == 0 ? "\n" : "\r\n";
        var text = $"{((variant & 4) == 0 ? "" : "\uFEFF")}{names}{end}{((variant & 8) == 0 ? "" : end)}";
        return new("only a header", MixedOutcome.Empty, System.Text.Encoding.UTF8.GetBytes(text), 0, 0);
    }

    /// <summary>
    /// A quote that opens in the first row and never closes: taken by the letter, the rest of the file would be one field. It costs its own row.
    /// </summary>
    public static MixedContent OpenQuote(ref Xorshift random, int number)
    {
        var count = 20 + random.Below(100);
        var rows = Table(ref random, number, count, bad: _ => false);
        var start = rows.AsSpan().IndexOf((byte)'\n') + 1;
        return new("open quote", MixedOutcome.Loaded, [.. rows[..start], (byte)'"', .. rows[start..]], count, 1);
    }

    /// <summary>Every third row has a field too many: far above any limit of bad rows. So many that lack their last one would leave out what is empty.</summary>
    public static MixedContent MostlyBadRows(ref Xorshift random, int number) =>
        new("mostly bad rows", MixedOutcome.Quarantined, Table(ref random, number, 60 + random.Below(60), i => i % 3 == 1, onlySurplus: true), 0, 0);

    public static MixedContent TruncatedGzip(ref Xorshift random, int number)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Table(ref random, number, 200, bad: _ => false));
        }

        return new("truncated gzip", MixedOutcome.Quarantined, target.ToArray()[..(int)(target.Length * 2 / 3)], 0, 0, "csv.gz");
    }

    /// <summary>The head of an image under the name of a CSV: NUL bytes and bytes that are no UTF-8.</summary>
    public static MixedContent Binary(ref Xorshift random)
    {
        var bytes = new byte[700];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.Next();
        }

        "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR"u8[1..].CopyTo(bytes);
        return new("binary", MixedOutcome.Quarantined, bytes, 0, 0);
    }

    const string Header = "id,customer,amount,day,at,note";

    /// <param name="number">Of the file: it is part of every id, so that no two tables are the same by accident.</param>
    /// <param name="bad">Which rows get a wrong number of fields.</param>
    /// <param name="lineEnd">Ends every line.</param>
    /// <param name="onlySurplus">Bad rows have a field too many, never one too few.</param>
    static byte[] Table(ref Xorshift random, int number, int rows, Func<int, bool> bad, string lineEnd = "\n", bool onlySurplus = false)
    {
        using var stream = new MemoryStream();
        using var to = new Utf8Output(stream);
        var end = System.Text.Encoding.ASCII.GetBytes(lineEnd);
        to.Bytes("id,customer,amount,day,at,note"u8);
        to.Bytes(end);
        for (var i = 0; i < rows; i++)
        {
            to.Integer(((10_000L + number) * 10_000) + i);
            to.Bytes(",C-"u8);
            to.Digits((ulong)random.Below(10_000), 4);
            to.Byte((byte)',');
            to.Fixed(10_000 + random.Below(89_999), 2);
            to.Byte((byte)',');
            to.Date(19_000 + random.Below(900));
            to.Byte((byte)',');
            to.Timestamp(1_700_000_000 + random.Below(50_000_000));
            if (!bad(i))
            {
                to.Bytes(random.OneIn(9) ? ",\"two words, and a comma\""u8 : ",plain"u8);
            }
            else if (onlySurplus || (number & 1) == 0)
            {
                to.Bytes(",plain,surplus"u8);
            }

            to.Bytes(end);
        }

        to.Flush();
        return stream.ToArray();
    }
}
