using System.Text;

namespace Pipeline.TestKit.Generators;

/// <summary>
/// CSV that is mostly quoted text with commas, doubled quotes, line breaks of both kinds and characters of one to four bytes:
/// about 500 bytes a row (2,100,000 rows: 1 GB). A pure function of rows and seed.
/// </summary>
public static class TextHeavyCsv
{
    /// <summary>The columns as ClickHouse's <c>structure</c> argument.</summary>
    public const string Structure = "id Int64, author String, title String, body String, tags String, posted_at DateTime('UTC')";

    static readonly byte[][] s_words =
    [
        .. new[]
        {
            "the", "parcel", "arrived", "late", "again", "and", "nobody", "answered", "my", "letter", "of", "Tuesday", "refund",
            "please", "thank", "you", "for", "a", "quick", "reply", "größer", "naïve", "señor", "日本語", "Ελλάδα", "🙂", "price",
            "was", "wrong", "by", "ten", "percent", "order", "number", "is", "below", "signed", "with", "kind", "regards",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    static readonly byte[][] s_joints =
    [
        .. new[] { " ", " ", " ", " ", " ", ", ", "; ", ". ", "\n", "\r\n", " \"\"really\"\" ", " - " }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Writes the rows to a stream, which stays open, and returns the bytes written.</summary>
    public static long Write(Stream stream, long rows, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        using var to = new Utf8Output(stream);
        to.Bytes("id,author,title,body,tags,posted_at\n"u8);
        var random = new Xorshift(seed);
        for (long i = 1; i <= rows; i++)
        {
            to.Integer(i);
            to.Bytes(",\""u8);
            Words(to, ref random, 2);
            to.Bytes("\",\""u8);
            Words(to, ref random, 4 + random.Below(6));
            to.Bytes("\",\""u8);
            Words(to, ref random, 20 + random.Below(80));
            to.Bytes("\","u8);
            if (!random.OneIn(4))
            {
                to.Bytes(s_words[random.Below(s_words.Length)]);
            }

            to.Byte((byte)',');
            to.Timestamp(1_704_067_200 + (i * 17));
            to.Byte((byte)'\n');
        }

        to.Flush();
        return to.Written;
    }

    /// <summary>Writes the rows to a new file and returns its size in bytes.</summary>
    public static long WriteFile(string path, long rows, ulong seed = 1)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return Write(file, rows, seed);
    }

    static void Words(Utf8Output to, ref Xorshift random, int count)
    {
        to.Bytes(s_words[random.Below(s_words.Length)]);
        for (var i = 1; i < count; i++)
        {
            to.Bytes(s_joints[random.Below(s_joints.Length)]);
            to.Bytes(s_words[random.Below(s_words.Length)]);
        }
    }
}
