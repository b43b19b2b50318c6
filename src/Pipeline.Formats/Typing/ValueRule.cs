namespace Pipeline.Formats.Typing;

/// <summary>Minimum, maximum and set of a column of a fixed width, compared as values.</summary>
sealed class ValueRule<T>(T? min, T? max, HashSet<T>? set)
    where T : unmanaged
{
    public void Check(ReadOnlySpan<T> values, ReadOnlySpan<byte> mask, ColumnPlan plan, BlockErrors errors)
    {
        var comparer = Comparer<T>.Default;
        for (var row = 0; row < values.Length; row++)
        {
            if ((row < mask.Length && mask[row] != 0) || errors.IsRejected(row))
            {
                continue;
            }

            var value = values[row];
            var code = RejectCode.None;
            if (min is { } low && comparer.Compare(value, low) < 0)
            {
                code = RejectCode.BelowMinimum;
            }
            else if (max is { } high && comparer.Compare(value, high) > 0)
            {
                code = RejectCode.AboveMaximum;
            }
            else if (set is not null && !set.Contains(value))
            {
                code = RejectCode.NotInSet;
            }

            if (code != RejectCode.None)
            {
                errors.Reject(row, plan.Name, code, RejectMessages.For(code, plan));
            }
        }
    }
}
