using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Ledger;

namespace Pipeline.Quarantine;

/// <summary>What <c>&lt;file&gt;.error.json</c> holds, in snake_case: why a file is in quarantine and where it came from.</summary>
public sealed record QuarantineRecord
{
    public required string Code { get; init; }

    public required string Stage { get; init; }

    public required string Message { get; init; }

    public required string WhatToDo { get; init; }

    public long? Line { get; init; }

    public string? Column { get; init; }

    public long? Byte { get; init; }

    /// <summary>A short piece of the file around the fault; null where showing it is not wanted.</summary>
    public string? Sample { get; init; }

    public int Attempts { get; init; }

    public string? FileId { get; init; }

    public required string Dataset { get; init; }

    public string? Table { get; init; }

    /// <summary>Name of the file as it came, even where the name in quarantine had to be shorter or numbered.</summary>
    public required string File { get; init; }

    public required string OriginalPath { get; init; }

    /// <summary>True: the file was given by path and still lies at <see cref="OriginalPath"/>.</summary>
    public bool InPlace { get; init; }

    public long Bytes { get; init; }

    public DateTimeOffset ModifiedAt { get; init; }

    public DateTimeOffset QuarantinedAt { get; init; }
}

/// <summary>A file on its way into quarantine.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Dataset">A plain name.</param>
/// <param name="Problem">Why.</param>
public sealed record QuarantineRequest(string Path, string Dataset, FileProblem Problem)
{
    public string? Sample { get; init; }

    public int Attempts { get; init; } = 1;

    public string? FileId { get; init; }

    public string? Table { get; init; }

    /// <summary>Leaves the file where it is: only its record goes into quarantine.</summary>
    public bool KeepInPlace { get; init; }
}

public enum QuarantineKind
{
    /// <summary>A whole file that was refused.</summary>
    File = 0,

    /// <summary>The refused rows of a file that was loaded.</summary>
    Rejects = 1,
}

public enum QuarantineState
{
    Complete = 0,

    /// <summary>The file was given by path and stays there.</summary>
    InPlace = 1,

    /// <summary>There is a reason, and the file is nowhere to be found.</summary>
    FileMissing = 2,

    /// <summary>There is a file without a reason: put there by hand, or its reason was deleted.</summary>
    ReasonMissing = 3,
}

/// <summary>One thing in quarantine.</summary>
/// <param name="Id"><c>dataset/yyyy-mm-dd/name</c>: stable while it is in quarantine.</param>
/// <param name="FilePath">Where the file lies; null when it is missing.</param>
/// <param name="Record">Null for rejects and when the reason is missing or unreadable.</param>
/// <param name="Rejects">For rejects: the load they belong to; null when that is missing.</param>
public sealed record QuarantineEntry(
    string Id, QuarantineKind Kind, QuarantineState State, string Dataset, string? FilePath, QuarantineRecord? Record, RejectsLink? Rejects,
    DateTimeOffset Since)
{
    /// <summary>The reason's own file.</summary>
    internal string? RecordPath { get; init; }
}

static class QuarantineJson
{
    // Read by people first: quotes and letters of any script stay readable. It is never embedded in HTML.
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Null when it is not there, not ours, or damaged: a listing must not fail for one file.</summary>
    public static T? TryRead<T>(string path)
        where T : class
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize<T>(file, Options);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
