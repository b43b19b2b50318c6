namespace Pipeline.Formats.Records;

/// <summary>How a field stood in its file; decides what an empty or odd-looking text may mean.</summary>
public enum FieldKind : byte
{
    /// <summary>Plain text: an unquoted field of a delimited file, a text cell.</summary>
    Text = 0,

    /// <summary>Text that was quoted (CSV) or stands in a text cell (Excel): empty is a value, not a null.</summary>
    Quoted = 1,

    /// <summary>No value: JSON null, a blank Excel cell, a field that the record does not have.</summary>
    Null = 2,

    /// <summary>A number by its format (JSON number, Excel double), in canonical text.</summary>
    Number = 3,

    /// <summary><c>true</c> or <c>false</c> by its format.</summary>
    Boolean = 4,

    /// <summary>A timestamp by its format (Excel), as <c>yyyy-MM-dd HH:mm:ss[.fff]</c> or <c>yyyy-MM-dd</c>.</summary>
    Timestamp = 5,

    /// <summary>A nested value (JSON array, or an object that is not flattened) as JSON text without white space between tokens.</summary>
    Json = 6,

    /// <summary>A string by its format (JSON): <c>"12"</c> is a text there, not the number that the file could have had instead.</summary>
    String = 7,
}

/// <summary>
/// A field of a <see cref="FieldBlock"/>: where its UTF-8 bytes are in the block's text, and how it stood in the file. 8 bytes.
/// </summary>
public readonly struct Field(int offset, int length, FieldKind kind)
{
    /// <summary>The longest field, in bytes: 256 MiB less one (28 bits).</summary>
    public const int MaxLength = (1 << 28) - 1;

    readonly uint _lengthAndKind = (uint)length | ((uint)kind << 28);

    /// <summary>Where the field starts in <see cref="FieldBlock.Text"/>.</summary>
    public int Offset { get; } = offset;

    /// <summary>Length in bytes, 0 to <see cref="MaxLength"/>.</summary>
    public int Length => (int)(_lengthAndKind & MaxLength);

    public FieldKind Kind => (FieldKind)(_lengthAndKind >> 28);
}
