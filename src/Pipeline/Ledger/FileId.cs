using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Ledger;

/// <summary>SHA-256 of the decompressed bytes of a file, 64 hex digits in lower case.</summary>
public readonly record struct ContentHash(string Hex)
{
    public override string ToString() => Hex;
}

/// <summary>
/// Identity of a file's content in a dataset: 32 hex digits, the first half of SHA-256 over content hash, dataset and reload
/// generation. The same bytes under another name, folder or compression have the same id; after an undo the generation rises, so
/// that the same content can be loaded again without meeting its own tokens.
/// </summary>
public readonly record struct FileId(string Hex)
{
    /// <summary>Digits of <see cref="Hex"/>.</summary>
    public const int HexLength = 32;

    public static FileId Of(ContentHash content, string dataset, int generation)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{content.Hex}\n{generation}\n{dataset}");
        return new FileId(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)));
    }

    public override string ToString() => Hex;
}
