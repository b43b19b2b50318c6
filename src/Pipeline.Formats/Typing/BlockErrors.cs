using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// What went wrong in the block that is being typed. A row has one fault: the first in the order of the columns.
/// </summary>
sealed class BlockErrors
{
    readonly List<CellFault> _faults = [];
    bool[] _rejected = [];

    public TypeMismatch? Mismatch { get; private set; }

    public IReadOnlyList<CellFault> Faults => _faults;

    public bool HasFaults => _faults.Count > 0;

    /// <summary>Starts a block: rows of the wrong shape are rejected from the start.</summary>
    public void Reset(FieldBlock block)
    {
        if (_rejected.Length < block.RowCount)
        {
            _rejected = new bool[block.MaxRows];
        }

        Array.Clear(_rejected);
        _faults.Clear();
        Mismatch = null;
        foreach (var fault in block.Faults)
        {
            Reject(fault.Row, null, fault.Code, fault.Message, fault.Overflow);
        }
    }

    public bool IsRejected(int row) => _rejected[row];

    public ReadOnlySpan<bool> Rejected(int rows) => _rejected.AsSpan(0, rows);

    public void Reject(int row, string? column, RejectCode code, string message, IReadOnlyList<byte[]>? overflow = null)
    {
        if (!_rejected[row])
        {
            _rejected[row] = true;
            _faults.Add(new CellFault(row, column, code, message, overflow));
        }
    }

    public void Widen(ColumnTyper typer, FieldBlock block, int row, string why) =>
        Mismatch ??= new TypeMismatch(typer.Plan.Name, typer.Index, block.Lines[row], block.FirstRecord + row, why);

    public readonly record struct CellFault(
        int Row, string? Column, RejectCode Code, string Message, IReadOnlyList<byte[]>? Overflow);
}
