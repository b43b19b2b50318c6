namespace Pipeline.TestKit.Generators;

/// <summary>How a file must end.</summary>
public enum MixedOutcome
{
    Loaded = 0,

    /// <summary>Same content as another file of its dataset. Which of the twins is loaded depends on who comes first.</summary>
    Duplicate = 1,

    /// <summary>No bytes, or a header without rows.</summary>
    Empty = 2,

    /// <summary>Refused as a whole, nothing of it is loaded.</summary>
    Quarantined = 3,
}

/// <summary>What was written, and what must come of it.</summary>
/// <param name="Path">Below the data folder, with forward slashes. Its first folder is the dataset.</param>
/// <param name="Kind">How the file was made, for messages.</param>
/// <param name="Rows">Records after the header; 0 where the file is refused as a whole.</param>
/// <param name="Rejected">Rows that must be rejected; the others are loaded.</param>
/// <param name="TwinOf">The path of the file with the same content; null: there is none, or this is the first of the twins.</param>
public sealed record MixedFile(string Path, string Kind, MixedOutcome Outcome, int Rows, int Rejected, string? TwinOf)
{
    public string Dataset => Path[..Path.IndexOf('/', StringComparison.Ordinal)];
}

/// <summary>
/// A folder of many small CSV files of every fate, in a handful of datasets whose columns never change type from file to file:
/// of 100 files about 75 are loaded (11 of them with a few rejected rows), 10 are duplicates, 8 empty and 7 quarantined.
/// </summary>
public static class MixedFiles
{
    const int Datasets = 8;

    /// <summary>Writes <paramref name="count"/> files below <paramref name="folder"/> and says how each must end.</summary>
    public static IReadOnlyList<MixedFile> Write(string folder, int count, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var random = new Xorshift(seed);
        var files = new List<MixedFile>(count);
        var originals = new List<MixedFile>();
        for (var i = 0; i < count; i++)
        {
            var share = i % 100;
            if (share is >= 72 and < 82 && originals.Count > 0)
            {
                files.Add(WriteTwin(folder, originals[random.Below(originals.Count)], i));
                continue;
            }

            var content = Create(ref random, share, i);
            var path = $"mixed_{i % Datasets}/{MixedContent.FileName(i, content.Extension)}";
            Save(folder, path, content.Bytes);
            var file = new MixedFile(path, content.Kind, content.Outcome, content.Rows, content.Rejected, TwinOf: null);
            files.Add(file);
            if (file.Outcome == MixedOutcome.Loaded)
            {
                originals.Add(file);
            }
        }

        return files;
    }

    static MixedContent Create(ref Xorshift random, int share, int number) => share switch
    {
        < 64 => MixedContent.Good(ref random, number),
        < 82 => MixedContent.WithBadRows(ref random, number),
        < 86 => MixedContent.NoBytes(),
        < 90 => MixedContent.OnlyHeader(number / 100),
        < 93 => MixedContent.OpenQuote(ref random, number),
        < 96 => MixedContent.MostlyBadRows(ref random, number),
        < 98 => MixedContent.TruncatedGzip(ref random, number),
        _ => MixedContent.Binary(ref random),
    };

    static MixedFile WriteTwin(string folder, MixedFile original, int number)
    {
        var path = $"{original.Dataset}/copy of {number:D5}.csv";
        Save(folder, path, File.ReadAllBytes(Path.Combine(folder, original.Path)));
        return original with { Path = path, Kind = $"copy of {original.Kind}", Outcome = MixedOutcome.Duplicate, TwinOf = original.Path };
    }

    static void Save(string folder, string path, byte[] bytes)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
