namespace Pipeline.Formats.Records;

/// <summary>
/// What a reader of a format without a header (JSON) learned about its columns by reading to the end. Belongs to one content and
/// one
/// version of this program; its use is <see cref="FormatOptions.Learned"/>.
/// </summary>
public abstract class LearnedColumns
{
    /// <summary>The columns in order of first sight over the whole content.</summary>
    public abstract IReadOnlyList<string> Names { get; }
}
