using System.Text;

namespace Pipeline.Formats.Typing;

/// <summary>A row that was refused, with everything that is needed to correct it and load it again.</summary>
/// <param name="Record">1-based number of the record within the file.</param>
/// <param name="Line">1-based line on which it starts.</param>
/// <param name="ByteOffset">Where it starts in the decompressed content; -1 where the format has no such thing.</param>
/// <param name="Column">Name of the column at fault; null when the shape of the record is.</param>
/// <param name="Code">What is wrong.</param>
/// <param name="Message">What, where and what to do, without cell contents.</param>
/// <param name="Fields">The bytes of all fields in the order of the file, unquoted; null for null. More than the columns when the
/// record had more.</param>
public sealed record RejectedRow(
    long Record, long Line, long ByteOffset, string? Column, RejectCode Code, string Message, IReadOnlyList<byte[]?> Fields)
{
    /// <summary>A field as text; invalid UTF-8 shows as replacement characters.</summary>
    public string? Text(int index) => Fields[index] is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}

/// <summary>Takes refused rows, in the order of the file. Called by the task that types.</summary>
public interface IRejectSink
{
    void Add(RejectedRow row);
}

/// <summary>An inferred type that a later value does not fit: the file must be profiled to its end and loaded again.</summary>
/// <param name="Column">Name of the column.</param>
/// <param name="PlanIndex">Its index in the plan.</param>
/// <param name="Line">1-based line of the record.</param>
/// <param name="Record">1-based number of the record.</param>
/// <param name="Evidence">Why; may quote the value, so it is for logs below information and for receipts.</param>
public sealed record TypeMismatch(string Column, int PlanIndex, long Line, long Record, string Evidence);
