using System.Globalization;
using System.Text;
using System.Xml;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>Text of XML workbooks.</summary>
static class XlsxText
{
    /// <summary>
    /// Reads a string item or inline string: its text and the text of its runs, without phonetic hints. Leaves the reader on its
    /// end.
    /// </summary>
    public static string ReadRich(Markup xml, TextPieces text)
    {
        if (xml.IsEmptyElement)
        {
            return "";
        }

        var depth = xml.Depth;
        var phonetic = 0;
        var inText = false;
        while (xml.Read() && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Element when xml.LocalName == "rPh" && !xml.IsEmptyElement:
                    phonetic++;
                    break;
                case XmlNodeType.EndElement when xml.LocalName == "rPh":
                    phonetic--;
                    break;
                case XmlNodeType.Element when xml.LocalName == "t":
                    inText = !xml.IsEmptyElement;
                    break;
                case XmlNodeType.EndElement when xml.LocalName == "t":
                    inText = false;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace
                    when inText && phonetic == 0:
                    text.Add(xml.Value);
                    break;
            }
        }

        return Plain(text.Take());
    }

    /// <summary>UTF-8 of a text in which <c>_x000D_</c> stands for a character that XML cannot hold.</summary>
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(Plain(text));

    static string Plain(string text)
    {
        var at = text.IndexOf("_x", StringComparison.Ordinal);
        return at < 0 ? text : Unescape(text, at);
    }

    static string Unescape(string text, int first)
    {
        var result = new StringBuilder(text.Length);
        var start = 0;
        for (var at = first; at >= 0; at = text.IndexOf("_x", at + 1, StringComparison.Ordinal))
        {
            if (at + 6 < text.Length && text[at + 6] == '_' && ushort.TryParse(
                text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                result.Append(text, start, at - start).Append((char)code);
                start = at + 7;
                at += 6;
            }
        }

        return result.Append(text, start, text.Length - start).ToString();
    }
}

/// <summary>A text that an XML reader gives in pieces: runs, sections, what stands between comments. Bounded together.</summary>
sealed class TextPieces(string part, FormatLimits limits)
{
    readonly StringBuilder _more = new();
    string? _first;

    public void Add(string piece)
    {
        if (_first is null)
        {
            _first = piece;
            return;
        }

        if ((long)_first.Length + _more.Length + piece.Length > limits.MaxWorkbookTextBytes)
        {
            throw Markup.TooLong(part, limits);
        }

        _more.Append(piece);
    }

    /// <summary>The text, and starts the next one.</summary>
    public string Take()
    {
        var text = _more.Length == 0 ? _first ?? "" : _first + _more;
        _first = null;
        _more.Clear();
        return text;
    }
}
