using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// Turns blocks of text into typed columns, column by column: 1. every column parses its fields, 2. rules are checked, 3. refused
/// rows are
/// handed over and taken out of the batch. Every value is checked; none is wrapped, cut or rounded. One task at a time.
/// </summary>
public sealed class RowTyper
{
    readonly (ColumnTyper Typer, TextRule? Rule)[] _columns;
    readonly BlockErrors _errors = new();
    bool[] _remove = [];

    /// <exception cref="ArgumentException">The plans cannot work; see <see cref="Check"/>.</exception>
    public RowTyper(IReadOnlyList<ColumnPlan> plans)
    {
        Plans = plans;
        try
        {
            _columns = [.. plans.Select(ColumnTyperFactory.Create)];
        }
        catch (PlanException e)
        {
            throw new ArgumentException(e.Message, nameof(plans), e);
        }
    }

    public IReadOnlyList<ColumnPlan> Plans { get; }

    /// <summary>Rows refused so far.</summary>
    public long Rejected { get; private set; }

    /// <summary>What a person should know about the values so far.</summary>
    public IReadOnlyList<FormatWarning> Warnings => Array.Exists(_columns, c => c.Typer.Warning is not null)
        ? [.. _columns.Select(c => c.Typer.Warning).OfType<FormatWarning>()]
        : [];

    /// <summary>Adds what another typer of the same plans noticed in other blocks of the file.</summary>
    public void Join(RowTyper other)
    {
        Rejected += other.Rejected;
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Typer.Join(other._columns[i].Typer);
        }
    }

    /// <summary>Everything that is wrong with the plans: types that text cannot become, rules that cannot be read.</summary>
    public static IReadOnlyList<PlanProblem> Check(IReadOnlyList<ColumnPlan> plans)
    {
        var problems = new List<PlanProblem>();
        for (var i = 0; i < plans.Count; i++)
        {
            try
            {
                ColumnTyperFactory.Create(plans[i], i);
            }
            catch (PlanException e)
            {
                problems.Add(new PlanProblem(plans[i].Name, e.Code, e.Message));
            }
        }

        return problems;
    }

    /// <summary>An empty batch with the columns of the plan.</summary>
    public ColumnBatch CreateBatch() => new([.. Plans.Select(p => new ColumnDefinition(p.Name, p.Type))]);

    /// <summary>
    /// Appends the rows of a block to a batch whose columns are those of the plan. Null when all rows were taken or refused.
    /// Otherwise an inferred
    /// type does not fit: the batch is in no useful state and must be cleared.
    /// </summary>
    public TypeMismatch? Append(FieldBlock block, ColumnBatch batch, IRejectSink rejects)
    {
        // Step 1: all columns.
        _errors.Reset(block);
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Typer.Append(block, batch.Columns[i], _errors);
            if (_errors.Mismatch is { } mismatch)
            {
                return mismatch;
            }
        }

        // Step 2: rules about the texts; those about the values were checked by the columns.
        foreach (var (_, rule) in _columns)
        {
            rule?.Check(block, _errors);
        }

        AppendRowNumbers(block, batch);
        if (_errors.HasFaults)
        {
            HandOver(block, batch, rejects);
        }

        return null;
    }

    static void AppendRowNumbers(FieldBlock block, ColumnBatch batch)
    {
        var numbers = batch.RowNumbers.AppendSpan(block.RowCount);
        var first = (ulong)block.FirstRecord;
        for (var row = 0; row < numbers.Length; row++)
        {
            numbers[row] = first + (uint)row;
        }
    }

    // Step 3.
    void HandOver(FieldBlock block, ColumnBatch batch, IRejectSink rejects)
    {
        foreach (var fault in _errors.Faults.OrderBy(f => f.Row))
        {
            var fields = new List<byte[]?>(block.ColumnCount);
            for (var i = 0; i < block.ColumnCount; i++)
            {
                var field = block.Column(i)[fault.Row];
                fields.Add(field.Kind == FieldKind.Null ? null : block.Bytes(field).ToArray());
            }

            fields.AddRange(fault.Overflow ?? []);
            rejects.Add(new RejectedRow(
                block.FirstRecord + fault.Row, block.Lines[fault.Row], block.ByteOffsets[fault.Row], fault.Column, fault.Code,
                    fault.Message, fields));
            Rejected++;
        }

        if (_remove.Length < batch.RowCount)
        {
            _remove = new bool[Math.Max(batch.RowCount, _remove.Length * 2)];
        }

        var before = batch.RowCount - block.RowCount;
        _remove.AsSpan(0, before).Clear();
        _errors.Rejected(block.RowCount).CopyTo(_remove.AsSpan(before));
        batch.RemoveRows(_remove.AsSpan(0, batch.RowCount));
    }
}
