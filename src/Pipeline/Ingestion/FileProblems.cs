using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.Ledger;
using Pipeline.Loading;

namespace Pipeline.Ingestion;

/// <summary>The reasons a whole file is refused, each with the next step for a person. No cell contents.</summary>
static class FileProblems
{
    public static FileProblem BadFile(BadFileException e, string stage) => new(
        e.Code.Name(), stage, e.Message, WhatToDo(e.Code), e.Line, e.Column, e.ByteOffset);

    /// <summary>What one rejected row means for its file; null where the rest of it is loaded.</summary>
    public static FileProblem? OfBadRow(DatasetOptions dataset, RejectedRow? first) => dataset.OnBadRow != OnBadRow.FailFile || first is null ? null : new(
        first.Code.Name(), "validate", first.Message, "Correct the row and retry the file, or set on_bad_row: quarantine to load the other rows.",
        first.Line, first.Column);

    /// <summary>What the number of rejected rows means for their file; null where the rest of it is loaded.</summary>
    public static FileProblem? OfBadRows(DatasetOptions dataset, long rejected, long read, RejectedRow? first) => rejected <= dataset.BadRowLimit * read ? null : new(
        RejectCode.TooManyBadRows.Name(),
        "validate",
        $"{rejected} of {read} rows ({100.0 * rejected / read:0.##} %) do not fit, more than bad_row_limit ({100 * dataset.BadRowLimit:0.##} %). "
            + $"The first: {first!.Code.Name()}: {first.Message}",
        "Correct the rows in the file, or the contract of the dataset, or raise bad_row_limit; then retry the file.",
        first.Line,
        first.Column);

    public static FileProblem DestinationRefused(ClickHouseError error, TableName table) => new(
        RejectCode.DestinationRefused.Name(),
        "insert",
        $"ClickHouse refused the rows for {table.Display}: {error.Code} {error.Name}: {error.Message}",
        "Correct the table or the rights of the user, then retry the file.");

    static string WhatToDo(RejectCode code) => code switch
    {
        RejectCode.UnterminatedQuote => "Close the quote that opens on that line, then retry the file.",
        RejectCode.InvalidUtf8 => "Save the file as UTF-8, then retry it.",
        RejectCode.RecordTooLong => "Check for a missing quote or line break near that line, or raise limits.max_record_bytes; then retry the file.",
        RejectCode.FieldTooLong => "Check for a missing quote near that line, or raise limits.max_field_bytes and limits.max_record_bytes; then retry the file.",
        RejectCode.TooManyColumns => "Check the delimiter of the file, or raise limits.max_columns; then retry the file.",
        RejectCode.UndetectedFormat or RejectCode.UnsupportedFormat or RejectCode.NotATable =>
            "Export the data as CSV, JSON, Excel or Parquet, and drop that file.",
        RejectCode.EncryptedFile => "Remove the password and drop the file again.",
        RejectCode.CorruptFile => "Get the file again from where it came from: it is damaged or was cut short.",
        RejectCode.MissingColumn => "Add the column to the file, or set required: false or on_schema_change: evolve; then retry the file.",
        RejectCode.UnexpectedColumn => "Remove the column from the file, or set on_schema_change: evolve; then retry the file.",
        RejectCode.SchemaMismatch or RejectCode.UnsupportedType => "Correct the contract of the dataset or load into another table; then retry the file.",
        RejectCode.LimitExceeded => "Raise the limit under limits: in pipeline.yaml if the file is to be trusted; then retry the file.",
        RejectCode.InternalError => "Report it with the lines of the log about this file; retry the file with a later version.",
        _ => "Correct the file and retry it.",
    };
}
