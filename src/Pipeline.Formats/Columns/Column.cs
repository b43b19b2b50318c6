namespace Pipeline.Formats.Columns;

/// <summary>
/// The values of one column of one batch, laid out as a ClickHouse Native block wants them. Grows by appending, shrinks by
/// <see cref="RemoveRows"/>, is cleared and used again. One task uses a column at a time.
/// </summary>
public abstract class Column(ColumnType type)
{
    string? _typeName;

    public ColumnType Type { get; } = type;

    /// <summary>Its type as ClickHouse spells it, spelled once: every block says it.</summary>
    internal string TypeName => _typeName ??= Type.Name;

    /// <summary>Rows appended so far.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes the values take in a Native block, about: batches are cut by it.</summary>
    public abstract long ByteSize { get; }

    /// <summary>Appends the type's default value (0, empty text, null for a nullable column).</summary>
    public abstract void AppendDefault();

    /// <summary>Appends all rows of another column of the same type, which stays as it is.</summary>
    public abstract void AppendAll(Column other);

    /// <summary>Makes room behind its rows for as many as another column of the same type has, which stays as it is.</summary>
    public abstract void ReserveLike(Column other);

    /// <summary>
    /// Drops the rows whose flag is set, keeping the order of the rest. <paramref name="remove"/> has <see cref="Count"/> flags.
    /// </summary>
    public abstract void RemoveRows(ReadOnlySpan<bool> remove);

    /// <summary>Drops all rows; keeps the memory.</summary>
    public abstract void Clear();
}
