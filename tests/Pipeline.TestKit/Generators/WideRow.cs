namespace Pipeline.TestKit.Generators;

/// <summary>One row of <see cref="WideTable"/>, as numbers: the writers of each format only spell it.</summary>
struct WideRow
{
    /// <summary>2022-01-01 00:00:00 UTC.</summary>
    const long FirstMillisecond = 1_640_995_200_000;

    public long OrderId;
    public long CustomerId;
    public long Quantity;
    public long Reference;

    /// <summary>Hundredths.</summary>
    public long UnitPrice;

    /// <summary>Hundredths; negative for a refund.</summary>
    public long Amount;

    /// <summary>Score = mantissa × 10^-scale; the mantissa has at most six digits, the last one not zero.</summary>
    public long ScoreMantissa;

    public int ScoreScale;

    /// <summary>Tenths; null in half of the rows.</summary>
    public long? Discount;

    /// <summary>Days since 1970-01-01.</summary>
    public int OrderDate;

    /// <summary>Unix milliseconds.</summary>
    public long CreatedAt;

    /// <summary>Unix seconds; null in most rows.</summary>
    public long? ShippedAt;

    public bool Paid;
    public (ulong High, ulong Low)? Coupon;
    public int Country;
    public int Status;
    public int Warehouse;

    /// <summary>Number of the product, below 10,000: the text is <c>P-</c> and the number.</summary>
    public int Product;

    /// <summary>Index into <see cref="WideTable.Comments"/>.</summary>
    public int Comment;

    /// <summary>Exact: both operands are exact doubles, so the quotient is the double nearest to the written digits.</summary>
    public readonly double Score => ScoreMantissa / (double)PowersOfTen.Of(ScoreScale);

    /// <summary>The row of this number, counted from 0. About 118 bytes of CSV.</summary>
    public static WideRow Create(ref Xorshift random, long row)
    {
        var bits = random.Next();
        var quantity = 1 + (long)(bits & 7);
        var price = 99 + random.Below(random.OneIn(16) ? 150_000 : 9_000);
        var refund = random.OneIn(32);
        var created = FirstMillisecond + (row * 11_837 % (3L * 365 * 86_400_000)) + random.Below(1000);
        var tiny = random.OneIn(64);
        return new WideRow
        {
            OrderId = 1_000_000 + row,
            CustomerId = random.Below(90_000) + 1,
            Quantity = quantity,
            Reference = (long)(random.Next() >> (1 + random.Below(62))),
            UnitPrice = price,
            Amount = refund ? -price * quantity : price * quantity,
            ScoreMantissa = (random.Below(99_999) * 10) + 1 + random.Below(9),
            ScoreScale = tiny ? 12 : 3 + (int)((bits >> 16) & 1),
            Discount = (bits >> 17 & 1) == 0 ? null : (long)((bits >> 32) % 500),
            OrderDate = (int)(created / 86_400_000),
            CreatedAt = created,
            ShippedAt = (bits >> 40 & 15) == 0 ? (created / 1000) + 3600 + random.Below(500_000) : null,
            Paid = (bits >> 44 & 3) != 0,
            Coupon = (bits >> 48 & 15) == 0 ? (random.Next() & ~0xF000UL | 0x4000, random.Next() & ~(3UL << 62) | (2UL << 62)) : null,
            Country = random.Below(WideTable.Countries.Length),
            Status = Math.Min(random.Below(WideTable.Statuses.Length), random.Below(WideTable.Statuses.Length)),
            Warehouse = random.Below(WideTable.Warehouses.Length),
            Product = random.Below(10_000),
            Comment = (bits >> 56 & 7) == 0 ? random.Below(WideTable.Comments.Length) : 0,
        };
    }
}
