using SQLitePCL;

namespace Pipeline.Ledger;

/// <summary>The row a statement stands on; valid until it takes its next step.</summary>
readonly struct SqliteRow(sqlite3_stmt statement)
{
    public bool IsNull(int column) => TypeOf(column) == raw.SQLITE_NULL;

    public bool IsBytes(int column) => TypeOf(column) == raw.SQLITE_BLOB;

    public long GetInt64(int column) => raw.sqlite3_column_int64(statement, column);

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public string? GetText(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public ReadOnlySpan<byte> GetBytes(int column) => raw.sqlite3_column_blob(statement, column);

    int TypeOf(int column) => raw.sqlite3_column_type(statement, column);
}
