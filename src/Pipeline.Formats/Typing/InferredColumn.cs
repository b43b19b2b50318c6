using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Typing;

/// <summary>What the values of one column say about its type.</summary>
/// <param name="Type">The ClickHouse type; Nullable where nulls were seen.</param>
/// <param name="Form">How the values are written, for the <see cref="ColumnPlan"/>.</param>
/// <param name="Evidence">Why, with line numbers; may quote a short value, so it is for <c>inspect</c> and receipts only.</param>
/// <param name="Values">Fields that are neither null nor empty.</param>
/// <param name="Nulls">Null and empty fields.</param>
/// <param name="MinLength">Bytes of the shortest value; 0 without values.</param>
/// <param name="MaxLength">Bytes of the longest value.</param>
/// <param name="IsOpen">The values so far cannot decide (none, or ambiguous dates): the rest of the file may.</param>
public sealed record InferredColumn(
    ColumnType Type, TextForm Form, string Evidence, long Values, long Nulls, int MinLength, int MaxLength, bool IsOpen)
{
    public bool Nullable => Type.AcceptsNull;
}
