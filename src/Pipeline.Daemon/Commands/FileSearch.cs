using System.Globalization;
using Pipeline.Ledger;

namespace Pipeline.Daemon.Commands;

/// <summary>Finds what a user means by a word.</summary>
static class FileSearch
{
    const int FileIdLength = 32;

    /// <summary>The entries known by this ledger key, file id, path or file name; newest first.</summary>
    public static async Task<IReadOnlyList<LedgerEntry>> FindAsync(ILedger ledger, string file)
    {
        if (long.TryParse(file, NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            && await ledger.FindAsync(key) is { } byKey)
        {
            return [byKey];
        }

        if (file.Length == FileIdLength && file.All(char.IsAsciiHexDigitLower)
            && await ledger.FindByFileIdAsync(new FileId(file)) is { } byId)
        {
            return [byId];
        }

        var byPath = await ledger.FindByPathAsync(file);
        return byPath.Count > 0 ? byPath : await ledger.FindByPathAsync(Path.GetFullPath(file));
    }
}
