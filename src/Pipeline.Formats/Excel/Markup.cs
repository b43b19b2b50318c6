using System.Globalization;
using System.Xml;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// A part of a workbook read as XML in bounded memory: no document types, nothing outside of it, its depth, its names and the length of each text
/// limited. Owns the stream, unless it is left open.
/// </summary>
sealed class Markup(Stream stream, string part, FormatLimits limits, bool leaveOpen = false) : IDisposable
{
    static readonly XmlReaderSettings s_settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CloseInput = true,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,

        // Some writers leave control characters in; a cell with one is no reason to refuse the workbook.
        CheckCharacters = false,
    };

    readonly XmlReader _xml = XmlReader.Create(new MarkupStream(stream, part, limits, leaveOpen), Settings());

    public XmlNodeType NodeType => _xml.NodeType;

    public string LocalName => _xml.LocalName;

    public string NamespaceURI => _xml.NamespaceURI;

    public string Value => _xml.Value;

    public int Depth => _xml.Depth;

    public bool IsEmptyElement => _xml.IsEmptyElement;

    /// <summary>Goes to the next node; false at the end.</summary>
    /// <exception cref="BadFileException">It lies deeper than the limit, or is longer.</exception>
    /// <exception cref="XmlException">It is no XML.</exception>
    public bool Read()
    {
        if (!_xml.Read())
        {
            return false;
        }

        return _xml.Depth <= limits.MaxNestingDepth
            ? true
            : throw new BadFileException(RejectCode.LimitExceeded, string.Create(
                CultureInfo.InvariantCulture,
                $"The XML of {part} of the workbook is nested deeper than the limit of {limits.MaxNestingDepth} levels; raise limits.max_nesting_depth if that is meant."));
    }

    /// <summary>The attribute of the element that was read; null when it has none of that name.</summary>
    public string? GetAttribute(string name) => _xml.GetAttribute(name);

    /// <inheritdoc cref="GetAttribute(string)"/>
    public string? GetAttribute(string name, string space) => _xml.GetAttribute(name, space);

    public bool MoveToNextAttribute() => _xml.MoveToNextAttribute();

    public void MoveToElement() => _xml.MoveToElement();

    public void Dispose() => _xml.Dispose();

    public static BadFileException TooLong(string part, FormatLimits limits) => new(RejectCode.FieldTooLong, string.Create(
        CultureInfo.InvariantCulture,
        $"A cell or a text in {part} of the workbook is longer than the limit of {limits.MaxWorkbookTextBytes:N0} bytes; Excel takes 32,767 characters. "
            + $"Raise limits.max_workbook_text_bytes if that is meant."));

    static XmlReaderSettings Settings()
    {
        var settings = s_settings.Clone();
        settings.NameTable = new BoundedNames();
        return settings;
    }

    /// <summary>An XML reader keeps every name of elements and attributes that it met, for good. Workbooks have some hundred.</summary>
    sealed class BoundedNames : NameTable
    {
        const int MaxNames = 100_000;

        int _names;

        public override string Add(string key) => Get(key) ?? Count(base.Add(key));

        public override string Add(char[] key, int start, int len) => Get(key, start, len) ?? Count(base.Add(key, start, len));

        string Count(string name) => ++_names <= MaxNames ? name : throw new InvalidDataException("a part has elements of more than 100,000 names");
    }
}
