using System.Text;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// What went wrong in the block that is being typed. A row has one fault: the first in the order of the columns, where they are typed in that order. One task at a
/// time reads the faults; any may add some.
/// </summary>
sealed class BlockErrors
{
    readonly List<CellFault> _faults = [];
    readonly Lock _adding = new();
    bool[] _rejected = [];
    volatile bool _areMet;

    /// <summary>A value was at fault, or did not fit, since <see cref="Reset"/>.</summary>
    public bool AreMet => _areMet;

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

        _areMet = false;
    }

    public bool IsRejected(int row) => _rejected[row];

    public ReadOnlySpan<bool> Rejected(int rows) => _rejected.AsSpan(0, rows);

    public void Reject(int row, string? column, RejectCode code, string message, IReadOnlyList<byte[]>? overflow = null)
    {
        lock (_adding)
        {
            if (!_rejected[row])
            {
                _rejected[row] = true;
                _faults.Add(new CellFault(row, column, code, message, overflow));
            }

            _areMet = true;
        }
    }

    public void Widen(ColumnTyper typer, FieldBlock block, int row, string why)
    {
        lock (_adding)
        {
            Mismatch ??= new TypeMismatch(typer.Plan.Name, typer.Index, block.Lines[row], block.FirstRecord + row, why);
            _areMet = true;
        }
    }

    public readonly record struct CellFault(
        int Row, string? Column, RejectCode Code, string Message, IReadOnlyList<byte[]>? Overflow);
}
