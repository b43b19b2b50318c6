namespace Pipeline.Formats.Columns;

/// <summary><c>Date</c>: days since 1970-01-01, up to 2149-06-06.</summary>
public sealed record DateType : ColumnType
{
    public override string Name => "Date";

    public override Column CreateColumn() => new FixedColumn<ushort>(this);
}

/// <summary><c>Date32</c>: days from 1970-01-01, 1900-01-01 to 2299-12-31.</summary>
public sealed record Date32Type : ColumnType
{
    public override string Name => "Date32";

    public override Column CreateColumn() => new FixedColumn<int>(this);
}

/// <summary><c>DateTime</c>, with or without a zone: seconds since 1970-01-01 UTC, up to 2106-02-07.</summary>
public sealed record DateTimeType(string? Zone) : ColumnType
{
    public override string Name => Zone is null ? "DateTime" : $"DateTime('{Zone}')";

    public override Column CreateColumn() => new FixedColumn<uint>(this);
}

/// <summary>
/// <c>DateTime64(n)</c>, with or without a zone: ticks of 10^-n seconds from 1970-01-01 UTC, 1900 to 2299 (n up to 8).
/// </summary>
public sealed record DateTime64Type(int Scale, string? Zone) : ColumnType
{
    public override string Name => Zone is null ? $"DateTime64({Scale})" : $"DateTime64({Scale}, '{Zone}')";

    public override Column CreateColumn() => new FixedColumn<long>(this);
}
