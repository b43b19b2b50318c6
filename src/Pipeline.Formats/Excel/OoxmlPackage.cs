using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using System.Xml;
using Pipeline.Formats.Compression;
using Pipeline.Formats.Compression.Archives;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Excel;

/// <summary>
/// The zip file of an <c>.xlsx</c>, <c>.xlsm</c>, <c>.xlsb</c> or <c>.ods</c>: parts by name (in any case, as Excel reads them) and the
/// relations between
/// them. Every part is read under the limits of compression and its checksum is verified.
/// </summary>
sealed class OoxmlPackage : IDisposable
{
    readonly ZipArchive _zip;
    readonly FormatLimits _limits;
    readonly Dictionary<string, ZipArchiveEntry> _parts = new(StringComparer.OrdinalIgnoreCase);

    public OoxmlPackage(Stream content, FormatLimits limits)
    {
        _limits = limits;
        _zip = ZipDirectory.Open(content, Encoding.UTF8, limits.MaxSheets * 10L, "limits.max_sheets");
        foreach (var entry in _zip.Entries)
        {
            // The first of two equal names wins, as in Excel.
            _parts.TryAdd(entry.FullName.Replace('\\', '/').TrimStart('/'), entry);
        }
    }

    public IEnumerable<string> PartNames => _parts.Keys;

    public bool Has(string name) => _parts.ContainsKey(name);

    /// <summary>Bytes of a part, decompressed, by the word of the file.</summary>
    public long LengthOf(string name) => _parts.TryGetValue(name, out var entry) ? entry.Length : 0;

    /// <summary>Opens a part of rows or strings, however large they are; null when there is none.</summary>
    public Stream? Open(string name) => Open(name, new PartLimit(_limits.MaxWorkbookPartBytes, "limits.max_workbook_part_bytes"));

    /// <summary>Opens a part that is held in memory; null when there is none.</summary>
    public Stream? OpenHeld(string name) => Open(name, new PartLimit(_limits.MaxHeldPartBytes, "limits.max_shared_string_bytes"));

    /// <summary>Opens a part that is held in memory as XML; null when there is none.</summary>
    public Markup? OpenHeldXml(string name) => OpenHeld(name) is { } stream ? new Markup(stream, name, _limits) : null;

    /// <summary>The relations of a part: id → (type, part name). Relations to the outside are left out.</summary>
    public Dictionary<string, (string Type, string Target)> Relations(string part)
    {
        var result = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        var slash = part.LastIndexOf('/') + 1;
        using var xml = OpenHeldXml($"{part[..slash]}_rels/{part[slash..]}.rels");
        while (xml?.Read() == true)
        {
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "Relationship" }
                && xml.GetAttribute("Id") is { } id && xml.GetAttribute("Target") is { } target
                    && xml.GetAttribute("TargetMode") != "External")
            {
                var type = xml.GetAttribute("Type") ?? "";
                result[id] = (type[(type.LastIndexOf('/') + 1)..], Resolve(part[..slash], target));
            }
        }

        return result;
    }

    public void Dispose() => _zip.Dispose();

    // "../media/x" and "/xl/x" both occur.
    static string Resolve(string folder, string target)
    {
        target = target.Replace('\\', '/');
        if (target.StartsWith('/'))
        {
            return target.TrimStart('/');
        }

        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var step in target.Split('/'))
        {
            if (step == "..")
            {
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            }
            else if (step is not ("." or ""))
            {
                parts.Add(step);
            }
        }

        return string.Join('/', parts);
    }

    PartStream? Open(string name, PartLimit limit) => _parts.TryGetValue(name, out var entry) ? new PartStream(entry, name, limit, _limits) : null;

    readonly record struct PartLimit(long Bytes, string Setting);

    /// <summary>A decompressed part: counted against the limits, its checksum compared at its end.</summary>
    sealed class PartStream(ZipArchiveEntry entry, string name, PartLimit limit, FormatLimits limits) : ForwardStream
    {
        static readonly long s_ratioFreeBytes = CompressionLimits.Default.RatioFreeBytes;

        readonly Stream _stream = entry.Open();
        long _length;
        readonly Crc32 _crc = new();

        public override int Read(Span<byte> buffer)
        {
            var read = _stream.Read(buffer);
            if (read == 0)
            {
                return _length == entry.Length && _crc.GetCurrentHashAsUInt32() == entry.Crc32 || buffer.IsEmpty
                    ? 0
                    : throw new InvalidDataException($"the part {name} is cut or its checksum is wrong");
            }

            _length += read;
            _crc.Append(buffer[..read]);
            var tooMany = _length > limit.Bytes;
            if (tooMany || (_length > s_ratioFreeBytes && _length / limits.MaxCompressionRatio > entry.CompressedLength))
            {
                throw new BadFileException(RejectCode.LimitExceeded, tooMany
                    ? $"The part {name} of the workbook is larger than the limit of {limit.Bytes:N0} bytes decompressed; raise {limit.Setting} if that is its true size."
                    : $"The part {name} of the workbook grows more than {limits.MaxCompressionRatio}-fold, as decompression bombs do; "
                        + "raise limits.max_compression_ratio if the file is known to be good.");
            }

            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _stream.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
