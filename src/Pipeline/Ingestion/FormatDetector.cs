using Pipeline.Formats;
using Pipeline.Formats.Columnar;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Excel;
using Pipeline.Formats.Records;

namespace Pipeline.Ingestion;

/// <summary>Which format a file is in, and how sure that is.</summary>
sealed record DetectedFormat(IFileFormat Format, double Confidence, string Evidence, string? RunnerUp, FormatFindings? Findings);

/// <summary>Asks every format of <see cref="FormatCatalog"/>; the surest one reads the file.</summary>
static class FormatDetector
{
    /// <summary>Below this nobody would bet on it: better a question to a person than a table of garbage.</summary>
    const double LeastConfidence = 0.2;

    /// <summary>From here on a format has seen bytes of its own, which no other kind of file has.</summary>
    const double Sure = 0.5;

    /// <summary>From here on it is no delimited text, which is never as sure of what starts as another format does; trying its dialects takes longer than all else.</summary>
    const double NotDelimited = 0.9;

    static readonly DelimitedFormat s_delimited = FormatCatalog.All.OfType<DelimitedFormat>().Single();

    static readonly IFileFormat[] s_others = [.. FormatCatalog.Columnar, .. FormatCatalog.All.Where(format => format is not DelimitedFormat)];

    /// <inheritdoc cref="Detect(FormatProbe, bool)"/>
    public static DetectedFormat Detect(FileContent content, KnownLayout? known = null, bool withRunnerUp = false) =>
        Detect(new FormatProbe(content.InnerName, content.Head, content.HeadIsWhole) { Known = known }, withRunnerUp);

    /// <param name="probe">The start of the file.</param>
    /// <param name="withRunnerUp">All formats are asked, for a person who wants to know.</param>
    /// <exception cref="BadFileException">No format is sure enough.</exception>
    public static DetectedFormat Detect(FormatProbe probe, bool withRunnerUp = false)
    {
        var guesses = new List<(IFileFormat Format, FormatGuess Guess)>(s_others.Length + 1);
        foreach (var format in s_others)
        {
            guesses.Add((format, format.Detect(probe)));
        }

        if (withRunnerUp || !guesses.Exists(g => g.Guess.Confidence >= NotDelimited))
        {
            guesses.Insert(FormatCatalog.Columnar.Count, (s_delimited, s_delimited.Detect(probe)));
        }

        // The first of the surest.
        var best = guesses[0];
        foreach (var guess in guesses)
        {
            best = guess.Guess.Confidence > best.Guess.Confidence ? guess : best;
        }

        if (probe.Head.Length > 0 && !probe.Head.Span.ContainsAnyExcept((byte)0))
        {
            throw new BadFileException(
                RejectCode.CorruptFile, $"{probe.FileName} starts with nothing but zero bytes: its place on the disk was reserved, its content never written.");
        }

        if ((best.Guess.Confidence < Sure || best.Format is not (ExcelFormat or ColumnarFormat)) && ForeignContent.Of(probe) is { } foreign)
        {
            throw new BadFileException(foreign.Code, $"{probe.FileName} is {foreign.What}. {foreign.ToDo}");
        }

        if (best.Guess.Confidence < LeastConfidence)
        {
            var closest = best.Guess.Confidence > 0 ? $" Closest: {best.Format.Name}: {best.Guess.Evidence.TrimEnd('.')}." : "";
            throw new BadFileException(
                RejectCode.UndetectedFormat,
                $"The content of {probe.FileName} is of no format that is known here: no text, and none of the binary formats.{closest}");
        }

        return new DetectedFormat(
            best.Format, best.Guess.Confidence, best.Guess.Evidence, withRunnerUp ? RunnerUp(guesses, best.Format) : null, best.Guess.Findings);
    }

    static string? RunnerUp(List<(IFileFormat Format, FormatGuess Guess)> guesses, IFileFormat best)
    {
        var (format, guess) = guesses.Where(g => g.Format != best && g.Guess.Confidence > 0).OrderByDescending(g => g.Guess.Confidence).FirstOrDefault();
        return format is null ? null : $"{format.Name} ({guess.Confidence:0.##}): {guess.Evidence}";
    }
}
