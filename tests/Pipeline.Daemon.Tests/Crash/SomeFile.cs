using System.Globalization;
using System.Text;

namespace Pipeline.Daemon.Tests.Crash;

/// <summary>A CSV file of known content: what it must have become at the end can be computed.</summary>
/// <param name="Name">Path below the data folder.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Rows">Rows that fit.</param>
/// <param name="IdSum">Sum of <c>id</c> over them.</param>
/// <param name="CentSum">Sum of <c>amount</c> over them, in hundredths.</param>
/// <param name="Rejected">Rows that do not fit.</param>
sealed record SomeFile(string Name, byte[] Content, long Rows, long IdSum, long CentSum, long Rejected)
{
    /// <summary>Rows <c>id, day, amount, name</c>; the days go over four months; every <paramref name="badEvery"/>th row has no number for an amount.</summary>
    public static SomeFile Orders(string name, int rows, long firstId = 1, int badEvery = 0)
    {
        var text = new StringBuilder("id,day,amount,name\n");
        long ids = 0, cents = 0, rejected = 0;
        for (var i = 0; i < rows; i++)
        {
            var id = firstId + i;
            var cent = (id * 37 % 100_000) + 1;
            var day = new DateOnly(2025, 1, 1).AddDays((int)(id * 7 % 118));
            var isBad = badEvery > 0 && i % badEvery == badEvery - 1;
            var amount = isBad ? "n/k" : (cent / 100m).ToString("0.00", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{id},{day:yyyy-MM-dd},{amount},\"name {id % 1000}\"\n");
            if (isBad)
            {
                rejected++;
                continue;
            }

            ids += id;
            cents += cent;
        }

        return new SomeFile(name, Encoding.UTF8.GetBytes(text.ToString()), rows - rejected, ids, cents, rejected);
    }

    /// <summary>File name without folders.</summary>
    public string FileName => Path.GetFileName(Name);

    public SomeFile As(string name) => this with { Name = name };
}
