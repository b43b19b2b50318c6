using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Pipeline.TestKit.Generators;

/// <summary>
/// An xlsx workbook of one sheet with 20 columns as Excel writes them: integers, amounts, shared texts (one of them different in every row), dates and
/// times by number format, booleans, empty cells. Streamed: any number of rows that a sheet may have (1,048,575 below the header). Cells are a pure function of rows and seed.
/// </summary>
public static class SalesWorkbook
{
    const int Products = 5_000;
    const int FirstDay = 45_292;

    static readonly string[] s_strings = [.. WideTable.Countries, .. WideTable.Statuses, .. WideTable.Warehouses];
    static readonly DateTimeOffset s_zipTime = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Columns of the sheet with the types of the twin's text.</summary>
    public static IReadOnlyList<WideColumn> Columns { get; } =
    [
        new("order_id", "Int64"), new("customer_id", "Int64"), new("quantity", "Int64"), new("stock", "Int64"), new("pages", "Int64"), new("weight_g", "Int64"),
        new("unit_price", "Float64"), new("amount", "Float64"), new("tax", "Float64"), new("shipping", "Nullable(Float64)"),
        new("ordered_on", "Date"), new("due_on", "Date"), new("packed_at", "DateTime('UTC')"),
        new("paid", "Bool"), new("gift", "Bool"),
        new("country", "String"), new("status", "String"), new("warehouse", "String"), new("product", "String"), new("reference", "String"),
    ];

    /// <summary>Writes the workbook and, as tab separated text with names, what its cells hold. Returns the bytes of the workbook.</summary>
    public static long WriteFile(string path, string twinPath, int rows, ulong seed = 1)
    {
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            Part(zip, "[Content_Types].xml", ContentTypes);
            Part(zip, "_rels/.rels", Relations("officeDocument", "xl/workbook.xml"));
            Part(zip, "xl/workbook.xml", Workbook);
            Part(zip, "xl/_rels/workbook.xml.rels", Relations("worksheet", "worksheets/sheet1.xml", "styles", "styles.xml", "sharedStrings", "sharedStrings.xml"));
            Part(zip, "xl/styles.xml", Styles);
            using (var sheet = Open(zip, "xl/worksheets/sheet1.xml"))
            using (var twin = File.Create(twinPath))
            {
                WriteSheet(sheet, twin, rows, seed);
            }

            using var strings = Open(zip, "xl/sharedStrings.xml");
            WriteStrings(strings, rows);
        }

        return new FileInfo(path).Length;
    }

    static void WriteSheet(Stream sheet, Stream twin, int rows, ulong seed)
    {
        using var to = new Utf8Output(sheet);
        using var text = new Utf8Output(twin);
        text.Bytes(Encoding.UTF8.GetBytes(string.Join('\t', Columns.Select(c => c.Name)) + "\n"));
        to.Bytes("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\""u8);
        to.Bytes("http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">"u8);
        for (var i = 0; i < Columns.Count; i++)
        {
            to.Bytes(Encoding.UTF8.GetBytes($"<c r=\"{(char)('A' + i)}1\" t=\"s\"><v>{s_strings.Length + Products + i}</v></c>"));
        }

        to.Bytes("</row>"u8);
        var random = new Xorshift(seed);
        for (var row = 0; row < rows; row++)
        {
            new Row(to, text, row).Write(ref random);
        }

        to.Bytes("</sheetData></worksheet>"u8);
    }

    static void WriteStrings(Stream stream, int rows)
    {
        using var to = new Utf8Output(stream);
        to.Bytes("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<sst xmlns=\""u8);
        to.Bytes("http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"u8);
        var fixedTexts = s_strings.Concat(Enumerable.Range(0, Products).Select(ProductName)).Concat(Columns.Select(c => c.Name));
        foreach (var text in fixedTexts.Concat(Enumerable.Range(0, rows).Select(Reference)))
        {
            to.Bytes("<si><t>"u8);
            to.Bytes(Encoding.UTF8.GetBytes(text));
            to.Bytes("</t></si>"u8);
        }

        to.Bytes("</sst>"u8);
    }

    static string ProductName(int number) => string.Create(CultureInfo.InvariantCulture, $"Product {number} größer");

    static string Reference(int row) => string.Create(CultureInfo.InvariantCulture, $"REF-{row:D8}");

    static Stream Open(ZipArchive zip, string name)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = s_zipTime;
        return entry.Open();
    }

    static void Part(ZipArchive zip, string name, string content)
    {
        using var part = Open(zip, name);
        part.Write(Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n" + content));
    }

    static string Relations(params string[] typesAndTargets) =>
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        + string.Concat(typesAndTargets.Chunk(2).Select((p, i) =>
            $"<Relationship Id=\"rId{i + 1}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{p[0]}\" Target=\"{p[1]}\"/>"))
        + "</Relationships>";

    const string ContentTypes =
        """
        <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
        <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>
        <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
        <Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
        <Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
        <Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>
        </Types>
        """;

    const string Workbook =
        """
        <workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
        <sheets><sheet name="Sales" sheetId="1" r:id="rId1"/></sheets></workbook>
        """;

    /// <summary>Formats of cells: 0 general, 1 a day (built-in 14), 2 a moment (built-in 22), 3 two decimals (built-in 4).</summary>
    const string Styles =
        """
        <styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>
        <borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/>
        <xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/></cellXfs></styleSheet>
        """;

    /// <summary>Writes the cells of one row from left to right, each to the sheet and to its text twin.</summary>
    ref struct Row(Utf8Output sheet, Utf8Output text, int row)
    {
        int _column;

        public void Write(ref Xorshift random)
        {
            sheet.Bytes("<row r=\""u8);
            sheet.Integer(row + 2);
            sheet.Bytes("\">"u8);
            Integer(row + 1);
            Integer(10_000 + random.Below(90_000));
            Integer(1 + random.Below(20));
            Integer(random.Below(5_000));
            Integer(random.Below(900));
            Integer(random.Below(30_000));
            Amount(random.Below(100_000));
            Amount(random.Below(2_000_000));
            Amount(random.Below(50_000));
            if (random.OneIn(3))
            {
                Empty();
            }
            else
            {
                Amount(random.Below(2_000));
            }

            Day(random.Below(365));
            Day(365 + random.Below(60));
            Moment(random.Below(365), random.Below(86_400));
            Boolean(random.OneIn(2));
            Boolean(random.OneIn(8));
            Text(random.Below(WideTable.Countries.Length));
            Text(WideTable.Countries.Length + random.Below(WideTable.Statuses.Length));
            Text(WideTable.Countries.Length + WideTable.Statuses.Length + random.Below(WideTable.Warehouses.Length));
            var product = random.Below(Products);
            Shared(s_strings.Length + product, ProductName(product));
            Shared(s_strings.Length + Products + Columns.Count + row, Reference(row));
            sheet.Bytes("</row>"u8);
        }

        void Integer(long value)
        {
            Begin("\"><v>"u8);
            sheet.Integer(value);
            text.Integer(value);
            End();
        }

        void Amount(long cents)
        {
            Begin("\" s=\"3\"><v>"u8);
            sheet.Fixed(cents, 2);
            text.Fixed(cents, 2);
            End();
        }

        void Day(int day)
        {
            Begin("\" s=\"1\"><v>"u8);
            sheet.Integer(FirstDay + day);
            text.Date(19_723 + day);
            End();
        }

        void Moment(int day, int second)
        {
            Begin("\" s=\"2\"><v>"u8);
            sheet.Bytes(Encoding.ASCII.GetBytes((FirstDay + day + (second / 86_400.0)).ToString("R", CultureInfo.InvariantCulture)));
            text.Timestamp(((19_723L + day) * 86_400) + second);
            End();
        }

        void Boolean(bool value)
        {
            Begin("\" t=\"b\"><v>"u8);
            sheet.Byte(value ? (byte)'1' : (byte)'0');
            text.Bytes(value ? "true"u8 : "false"u8);
            End();
        }

        void Text(int index) => Shared(index, s_strings[index]);

        void Shared(int index, string value)
        {
            Begin("\" t=\"s\"><v>"u8);
            sheet.Integer(index);
            text.Bytes(Encoding.UTF8.GetBytes(value));
            End();
        }

        void Empty()
        {
            text.Bytes("\\N"u8);
            Separate();
        }

        void Begin(ReadOnlySpan<byte> rest)
        {
            sheet.Bytes("<c r=\""u8);
            sheet.Byte((byte)('A' + _column));
            sheet.Integer(row + 2);
            sheet.Bytes(rest);
        }

        void End()
        {
            sheet.Bytes("</v></c>"u8);
            Separate();
        }

        void Separate() => text.Byte(++_column == Columns.Count ? (byte)'\n' : (byte)'\t');
    }
}
