using System.Collections.Immutable;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Native;

namespace Pipeline.ClickHouse;

/// <summary>The rows of an insert, as Native blocks.</summary>
public abstract record NativeData
{
    NativeData()
    {
    }

    internal abstract long RowCount { get; }

    /// <summary>ClickHouse settings without which it is not inserted right.</summary>
    internal virtual IReadOnlyDictionary<string, string> Settings => ImmutableDictionary<string, string>.Empty;

    /// <summary>In memory: they are sent. The blocks must not change before the call returns: they are read while they are sent.</summary>
    /// <param name="Items">Blocks with the same columns; their names are the insert's column list.</param>
    public sealed record Blocks(IReadOnlyList<IReadOnlyList<NamedColumn>> Items) : NativeData
    {
        internal override long RowCount => Items.Sum(b => b.Count == 0 ? 0L : b[0].Column.Count);

        internal string Statement(string table) => $"INSERT INTO {table} ({Identifier.List(Items[0].Select(c => c.Name))}) FORMAT Native";
    }

    /// <summary>In a file that the server reads itself: an engine of this machine that may read any path.</summary>
    /// <param name="Path">Absolute, without characters that are patterns in <c>file()</c>.</param>
    /// <param name="Columns">Columns of the blocks, by name.</param>
    /// <param name="Constant">A further column, not in the file, with the same text in every row; null: none.</param>
    /// <param name="Rows">Rows in the file.</param>
    public sealed record File(string Path, IReadOnlyList<ColumnDefinition> Columns, (string Name, string Value)? Constant, long Rows) : NativeData
    {
        // One thread reads one block after the other, so that a repetition makes the same parts: a token is one part's.
        static readonly IReadOnlyDictionary<string, string> s_settings = new Dictionary<string, string>
        {
            ["max_threads"] = "1",
            ["max_insert_threads"] = "1",
            ["parallelize_output_from_storages"] = "0",

            // A folder named key=value would give the file a column that is not in it.
            ["use_hive_partitioning"] = "0",
        };

        internal override long RowCount => Rows;

        internal override IReadOnlyDictionary<string, string> Settings => s_settings;

        internal string Statement(string table)
        {
            var structure = string.Join(", ", Columns.Select(c => $"{Identifier.Quote(c.Name)} {c.Type.Name}"));
            var names = Identifier.List(Columns.Select(c => c.Name));
            var (extraName, extraValue) = Constant is { } constant ? ($", {Identifier.Quote(constant.Name)}", $", {SqlText.Quote(constant.Value)}") : ("", "");
            return $"INSERT INTO {table} ({names}{extraName}) SELECT {names}{extraValue} "
                + $"FROM file({SqlText.Quote(Path)}, 'Native', {SqlText.Quote(structure)}, 'none')";
        }
    }
}
