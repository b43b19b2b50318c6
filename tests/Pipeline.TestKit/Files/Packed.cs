using System.Formats.Tar;
using System.IO.Compression;
using System.Security;
using System.Text;

namespace Pipeline.TestKit.Files;

/// <summary>Files that hold files, made in memory.</summary>
public static class Packed
{
    public static byte[] Gzip(ReadOnlySpan<byte> content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return target.ToArray();
    }

    public static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    public static byte[] Zip(params IEnumerable<(string Name, byte[] Bytes)> files)
    {
        using var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return target.ToArray();
    }

    public static byte[] Zip(params IEnumerable<(string Name, string Text)> files) => Zip(files.Select(f => (f.Name, Encoding.UTF8.GetBytes(f.Text))));

    /// <summary>The archive with every member marked as encrypted, as its headers are when it is.</summary>
    public static byte[] Encrypted(byte[] zip)
    {
        var marked = zip.ToArray();
        for (var i = 0; i + 10 < marked.Length; i++)
        {
            if (marked.AsSpan(i).StartsWith("PK\x03\x04"u8))
            {
                marked[i + 6] |= 1;
            }
            else if (marked.AsSpan(i).StartsWith("PK\x01\x02"u8))
            {
                marked[i + 8] |= 1;
            }
        }

        return marked;
    }

    public static byte[] TarGz(params IEnumerable<(string Name, string Text)> files) => TarGz([], files);

    /// <param name="links">Names of symbolic links that stand before the files.</param>
    /// <param name="files">Regular files.</param>
    public static byte[] TarGz(IEnumerable<string> links, IEnumerable<(string Name, string Text)> files)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var name in links)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = "/etc/passwd" });
            }

            foreach (var (name, text) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }

        return target.ToArray();
    }

    /// <summary>A workbook of texts and whole numbers.</summary>
    public static byte[] Workbook(params (string Name, bool IsHidden, object[][] Rows)[] sheets)
    {
        const string Package = "http://schemas.openxmlformats.org/package/2006/relationships";
        const string Types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        var files = new List<(string, string)>
        {
            ("[Content_Types].xml", "<Types/>"),
            ("_rels/.rels", $"<Relationships xmlns='{Package}'><Relationship Id='r1' Type='{Types}/officeDocument' Target='xl/workbook.xml'/></Relationships>"),
            ("xl/workbook.xml", $"<workbook xmlns='{Main}' xmlns:r='{Types}'><sheets>"
                + string.Concat(sheets.Select((s, i) =>
                    $"<sheet name='{SecurityElement.Escape(s.Name)}' sheetId='{i + 1}' state='{(s.IsHidden ? "hidden" : "visible")}' r:id='s{i}'/>"))
                + "</sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", $"<Relationships xmlns='{Package}'>"
                + string.Concat(sheets.Select((_, i) => $"<Relationship Id='s{i}' Type='{Types}/worksheet' Target='worksheets/sheet{i}.xml'/>"))
                + "</Relationships>"),
        };
        files.AddRange(sheets.Select((s, i) => ($"xl/worksheets/sheet{i}.xml",
            $"<worksheet xmlns='{Main}'><sheetData>{string.Concat(s.Rows.Select(Row))}</sheetData></worksheet>")));
        return Zip(files);
    }

    static string Row(object[] cells, int row) => $"<row r='{row + 1}'>"
        + string.Concat(cells.Select((cell, i) =>
        {
            var at = $"{(char)('A' + i)}{row + 1}";
            return cell is string text
                ? $"<c r='{at}' t='inlineStr'><is><t>{SecurityElement.Escape(text)}</t></is></c>"
                : $"<c r='{at}'><v>{cell}</v></c>";
        }))
        + "</row>";
}
