using Pipeline.Ingestion;

namespace Pipeline.Daemon.Commands;

/// <summary>
/// What changes a home: done by the process that works on it. A verb calls it in its own process, or in the running daemon
/// through its API; both ways answer the same.
/// </summary>
interface IPipelineCommands
{
    /// <summary>
    /// Loads files where they lie. One update per file with its result, and any number about how far a file is.
    /// </summary>
    IAsyncEnumerable<IngestUpdate> IngestAsync(IngestOrder order, CancellationToken cancellation);

    /// <summary>Removes the rows of a loaded file.</summary>
    /// <param name="file">Ledger key, file id, path or file name.</param>
    Task<CommandReply> UndoAsync(string file, CancellationToken cancellation);
}

/// <summary>Files to load.</summary>
/// <param name="Files">Files, each once.</param>
/// <param name="Force">Also content that was loaded before.</param>
/// <param name="Dataset">Their dataset; null: by name.</param>
sealed record IngestOrder(IReadOnlyList<FileToLoad> Files, bool Force, string? Dataset);

/// <summary>Either how far a file is, or how it ended.</summary>
sealed record IngestUpdate(FileProgress? Progress, FileResult? Result);

/// <summary>How far a file is.</summary>
/// <param name="Bytes">Bytes of its content that were read.</param>
sealed record FileProgress(string File, long Bytes, long Rows);

/// <summary>The answer to a command: done, or why not, in words for the user.</summary>
sealed record CommandReply(bool Done, string Message);
