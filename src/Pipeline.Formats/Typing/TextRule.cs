using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>Rules about the text of a field: required, pattern, and the set of text columns.</summary>
sealed class TextRule(ColumnPlan plan, bool required, Regex? pattern, HashSet<string>? set)
{
    /// <summary>Expressions without backtracking take linear time; this is a backstop for very long texts.</summary>
    public static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    public void Check(FieldBlock block, BlockErrors errors)
    {
        var fields = block.Column(plan.SourceIndex);
        for (var row = 0; row < block.RowCount; row++)
        {
            if (errors.IsRejected(row))
            {
                continue;
            }

            var field = fields[row];
            var code = field.Length == 0 || field.Kind == FieldKind.Null
                ? required ? RejectCode.RequiredMissing : RejectCode.None
                : pattern is null && set is null ? RejectCode.None : CheckText(block.Bytes(field));
            if (code != RejectCode.None)
            {
                errors.Reject(row, plan.Name, code, RejectMessages.For(code, plan));
            }
        }
    }

    RejectCode CheckText(ReadOnlySpan<byte> bytes)
    {
        Span<char> buffer = stackalloc char[256];
        if (bytes.Length > buffer.Length)
        {
            buffer = new char[bytes.Length];
        }

        ReadOnlySpan<char> text = buffer[..Encoding.UTF8.GetChars(bytes, buffer)];
        if (set is not null && !set.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text))
        {
            return RejectCode.NotInSet;
        }

        try
        {
            return pattern is null || pattern.IsMatch(text) ? RejectCode.None : RejectCode.PatternMismatch;
        }
        catch (RegexMatchTimeoutException)
        {
            return RejectCode.PatternMismatch;
        }
    }
}
