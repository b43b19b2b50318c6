using System.Text;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>Types one column of a block after the other. One virtual call per column and block, none per cell.</summary>
abstract class ColumnTyper(ColumnPlan plan, int index)
{
    public ColumnPlan Plan { get; } = plan;

    public int Index { get; } = index;

    /// <summary>What a person should know about the values so far.</summary>
    public virtual FormatWarning? Warning => null;

    /// <summary>Adds what another typer of the same column noticed in other blocks of the file.</summary>
    public virtual void Join(ColumnTyper other)
    {
    }

    /// <summary>
    /// Appends a value for every row of the block: the default for rows with a fault. Returns early, with the column in no useful
    /// state,
    /// when a value widens.
    /// </summary>
    public abstract void Append(FieldBlock block, Column column, BlockErrors errors);

    /// <summary>A null in a column that has none.</summary>
    protected bool Missing(FieldBlock block, int row, BlockErrors errors)
    {
        if (errors.IsRejected(row))
        {
            return true;
        }

        if (Plan.Inferred)
        {
            errors.Widen(this, block, row, $"line {block.Lines[row]} is empty");
            return false;
        }

        var code = Plan.Rules?.Required == true ? RejectCode.RequiredMissing : RejectCode.NullNotAllowed;
        errors.Reject(row, Plan.Name, code, RejectMessages.For(code, Plan));
        return true;
    }

    /// <summary>A value that the type does not take. False when it widens.</summary>
    protected bool Misfit(FieldBlock block, int row, RejectCode code, BlockErrors errors)
    {
        if (errors.IsRejected(row))
        {
            return true;
        }

        if (Plan.Inferred)
        {
            errors.Widen(
                this, block, row, $"line {block.Lines[row]} is {Quote(block.Bytes(block.Column(Plan.SourceIndex)[row]))}");
            return false;
        }

        errors.Reject(row, Plan.Name, code, RejectMessages.For(code, Plan));
        return true;
    }

    static string Quote(ReadOnlySpan<byte> text) =>
        text.Length <= 40 ? $"\"{Encoding.UTF8.GetString(text)}\"" : $"\"{Encoding.UTF8.GetString(text[..40])}…\"";
}
