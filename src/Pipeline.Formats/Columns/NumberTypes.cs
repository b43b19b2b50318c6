namespace Pipeline.Formats.Columns;

/// <summary><c>Bool</c>: one byte, 0 or 1.</summary>
public sealed record BoolType : ColumnType
{
    public override string Name => "Bool";

    public override Column CreateColumn() => new FixedColumn<byte>(this);
}

/// <summary><c>Int8</c> to <c>Int128</c> and <c>UInt8</c> to <c>UInt128</c>.</summary>
public sealed record IntegerType(int Bits, bool Signed) : ColumnType
{
    public override string Name => (Signed ? "Int" : "UInt") + Bits;

    /// <summary>The least and the most of types of up to 32 bits.</summary>
    public (long First, long Last) Range => Signed ? (-(1L << (Bits - 1)), (1L << (Bits - 1)) - 1) : (0, (1L << Bits) - 1);

    public override Column CreateColumn() => (Bits, Signed) switch
    {
        (8, true) => new FixedColumn<sbyte>(this),
        (16, true) => new FixedColumn<short>(this),
        (32, true) => new FixedColumn<int>(this),
        (64, true) => new FixedColumn<long>(this),
        (128, true) => new FixedColumn<Int128>(this),
        (8, false) => new FixedColumn<byte>(this),
        (16, false) => new FixedColumn<ushort>(this),
        (32, false) => new FixedColumn<uint>(this),
        (64, false) => new FixedColumn<ulong>(this),
        (128, false) => new FixedColumn<UInt128>(this),
        _ => throw new FormatException($"There is no integer of {Bits} bits here."),
    };
}

/// <summary><c>Float32</c>, <c>Float64</c>.</summary>
public sealed record FloatType(int Bits) : ColumnType
{
    public override string Name => "Float" + Bits;

    public override Column CreateColumn() => Bits == 32 ? new FixedColumn<float>(this) : new FixedColumn<double>(this);
}

/// <summary><c>Decimal(P, S)</c>, P 1 to 38: a scaled integer of 4 bytes (P up to 9), 8 (18) or 16 (38).</summary>
public sealed record DecimalType(int Precision, int Scale) : ColumnType
{
    public const int MaxPrecision = 38;

    public override string Name => $"Decimal({Precision}, {Scale})";

    public override Column CreateColumn() => Precision switch
    {
        <= 9 => new FixedColumn<int>(this),
        <= 18 => new FixedColumn<long>(this),
        <= MaxPrecision => new FixedColumn<Int128>(this),
        _ => throw new FormatException($"Decimals of {Precision} digits are not supported; the most is {MaxPrecision}."),
    };
}
