using System.Globalization;
using Pipeline.ClickHouse;
using Pipeline.Configuration;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;
using Pipeline.Loading;

namespace Pipeline.Columnar;

/// <summary>Why the engine marks a row.</summary>
sealed record ColumnarFault(string Column, RejectCode Code, string Message);

/// <summary>
/// What is selected from a columnar file so that its rows have the types of their table. A cast must be lossless: the value cast back is the value, or
/// the row is marked with the number of its fault and its texts. Types that contradict refuse the file.
/// </summary>
sealed class ColumnarSelect
{
    readonly List<string> _expressions = [];
    readonly List<string> _conditions = [];
    readonly List<ColumnarFault> _faults = [];

    ColumnarSelect()
    {
    }

    /// <summary>Number of a row's fault, from 1; 0 without one.</summary>
    public static ColumnType FaultType { get; } = new IntegerType(32, Signed: false);

    /// <summary>The texts of a row with a fault, column by column; empty for others.</summary>
    public static ColumnType TextsType { get; } = new ArrayType(new NullableType(new StringType()));

    /// <summary>The columns of the schema; then, with <see cref="Checks"/>, fault number and texts.</summary>
    public string Sql { get; private set; } = "";

    /// <summary>Whether any row can have a fault.</summary>
    public bool Checks => _conditions.Count > 0;

    /// <summary>Fault n stands at n - 1.</summary>
    public IReadOnlyList<ColumnarFault> Faults => _faults;

    /// <exception cref="BadFileException">A column's type contradicts that of its column in the table.</exception>
    public static ColumnarSelect Of(LoadSchema schema, IReadOnlyList<ColumnarColumn> columns)
    {
        var select = new ColumnarSelect();
        foreach (var planned in schema.Columns)
        {
            select.Add(planned, columns[planned.Source]);
        }

        if (select.Checks)
        {
            var fault = $"toUInt32(multiIf({string.Join(", ", select._conditions.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"{c}, {i + 1}")))}, 0))";
            var texts = string.Join(", ", columns.Select(c => $"CAST(toString({c.Sql}), 'Nullable(String)')"));
            select._expressions.Add($"{fault} AS `_fault`");
            select._expressions.Add($"CAST(if(`_fault` = 0, [], [{texts}]), '{TextsType.Name}')");
        }

        select.Sql = string.Join(", ", select._expressions);
        return select;
    }

    void Add(PlannedColumn planned, ColumnarColumn column)
    {
        var type = planned.Type;
        var marksNulls = column.MayBeNull && !type.AcceptsNull && !planned.IsInferred;
        if (marksNulls)
        {
            Mark($"isNull({column.Sql})", planned, RejectCode.NullNotAllowed, $"The value is null, which {type.Name} does not take.");
        }

        if (column.MayBeNoUtf8)
        {
            Mark($"NOT isValidUTF8({column.Sql})", planned, RejectCode.InvalidUtf8, "The text is not valid UTF-8.");
        }

        if (column.Stored?.Inside is { } inside && CastSql.IsMoment(type))
        {
            Mark(column.Stored.Outside, planned, RejectCode.OutOfRange, $"The value is outside of {column.Stored.Range}, which is what {inside.Declared} holds.");
            (column, marksNulls) = (inside, true);
        }

        var value = CastSql.Of(column, type, marksNulls);
        if (value is null)
        {
            throw new BadFileException(
                RejectCode.SchemaMismatch,
                $"Column {planned.Name} is {column.Declared} in the file and {type.Name} in the table: one is not read as the other.", column: planned.Name);
        }

        if (value.Fault is { } fault)
        {
            Mark(fault, planned, RejectCode.OutOfRange, $"The value of type {column.Declared} cannot be kept whole as {type.Name}.");
        }

        AddRules(planned, column);
        _expressions.Add(value.Sql);
    }

    void AddRules(PlannedColumn planned, ColumnarColumn column)
    {
        if (planned.Rules is not { } rules)
        {
            return;
        }

        var name = planned.Name;
        if (rules.Required && (column.MayBeNull || CastSql.IsText(column.Type)))
        {
            Mark($"isNull({column.Sql}) OR toString({column.Sql}) = ''", planned, RejectCode.RequiredMissing, $"{name} is required, and has no value.");
        }

        var plain = CastSql.Plain(planned.Type).Name;
        var value = $"accurateCastOrNull({column.Sql}, {SqlText.Quote(plain)})";
        if (rules.Min is { } min)
        {
            Mark($"{value} < {Literal(min, plain)}", planned, RejectCode.BelowMinimum, $"{name} is below {min}.");
        }

        if (rules.Max is { } max)
        {
            Mark($"{value} > {Literal(max, plain)}", planned, RejectCode.AboveMaximum, $"{name} is above {max}.");
        }

        if (rules.In.Count > 0)
        {
            Mark(
                $"{value} NOT IN ({string.Join(", ", rules.In.Select(v => Literal(v, plain)))})", planned, RejectCode.NotInSet,
                $"{name} is none of the {rules.In.Count} allowed values.");
        }

        if (rules.Pattern is { } pattern)
        {
            Mark(
                $"NOT match(toString({column.Sql}), {SqlText.Quote($"^(?-s:{pattern})$")})", planned, RejectCode.PatternMismatch,
                $"{name} does not match the pattern of the contract.");
        }
    }

    static string Literal(string text, string type) => $"CAST({SqlText.Quote(text)}, {SqlText.Quote(type)})";

    void Mark(string condition, PlannedColumn column, RejectCode code, string message)
    {
        _conditions.Add(condition);
        _faults.Add(new ColumnarFault(column.Name, code, message));
    }
}
