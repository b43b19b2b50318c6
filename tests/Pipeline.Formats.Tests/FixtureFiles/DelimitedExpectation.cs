using System.Text.Json;
using Pipeline.Formats.Typing;

namespace Pipeline.Formats.Tests.FixtureFiles;

/// <summary>Compares a file with what its index line and its twin say.</summary>
static class DelimitedExpectation
{
    /// <summary>One line for each thing that is not as expected, starting with what it is about.</summary>
    public static IEnumerable<string> Check(FixtureEntry entry, DelimitedFixture actual)
    {
        if (actual.Refused is { } refused)
        {
            return entry.Expect is "load_or_reject" or "reject" ? [] : [$"refused: {refused.Code.Name()}: {refused.Message}"];
        }

        return entry.Expect == "reject" ? ["loaded: it should be refused"] : Compare(entry, actual);
    }

    static IEnumerable<string> Compare(FixtureEntry entry, DelimitedFixture actual)
    {
        var e = entry.Expected;
        foreach (var name in (string[])["rows", "rows_duckdb", "records"])
        {
            // Python counts the header as a record.
            if (e.TryGetProperty(name, out var rows) && rows.ValueKind == JsonValueKind.Number
                && rows.GetInt64() is var expected && expected - (name == "records" && actual.Dialect!.Header ? 1 : 0) != actual.Rows)
            {
                yield return $"rows: {actual.Rows}, not {expected}";
                break;
            }
        }

        if (e.TryGetProperty("cols", out var cols) && cols.GetInt32() != actual.Names.Count)
        {
            yield return $"columns: {actual.Names.Count}, not {cols.GetInt32()}";
        }

        if (e.TryGetProperty("delimiter", out var delimiter) && delimiter.GetString() != actual.Dialect!.Delimiter && actual.Names.Count > 1)
        {
            yield return $"delimiter: {actual.Dialect.Delimiter}, not {delimiter.GetString()}";
        }

        if (e.TryGetProperty("header", out var header) && !header.EnumerateArray().Select(h => h.GetString()).SequenceEqual(actual.Names))
        {
            yield return "header: other names";
        }

        if (e.TryGetProperty("encoding", out var encoding) && encoding.GetString() is "utf-8" && actual.Encoding != "utf-8")
        {
            yield return $"encoding: {actual.Encoding}, not {encoding.GetString()}";
        }

        foreach (var problem in CompareTypes(e, actual).Concat(CompareTwin(entry, actual)))
        {
            yield return problem;
        }

        if (actual.Faulty > 0 && entry.Expect == "load_exact")
        {
            yield return $"faults: {actual.Faulty} records";
        }
    }

    static IEnumerable<string> CompareTypes(JsonElement e, DelimitedFixture actual)
    {
        if (e.TryGetProperty("types_duckdb", out var types) && types.GetArrayLength() == actual.Names.Count)
        {
            var generated = types[0][0].GetString() is { } first && (first.StartsWith("column0", StringComparison.Ordinal));
            if (generated == actual.Dialect!.Header && actual.Names.Count > 0)
            {
                yield return $"header: {actual.Dialect.Header}, not {!generated}";
            }

            for (var i = 0; i < actual.Names.Count; i++)
            {
                var own = DelimitedFixture.PlainType(actual.Columns[i]);
                if (!AgreesWithDuckDb(own, types[i][1].GetString()!) && actual.Columns[i].Values > 0)
                {
                    yield return $"type: {actual.Columns[i].Evidence} ({actual.Names[i]}), not {types[i][1].GetString()}";
                }
            }
        }

        if (e.TryGetProperty("types_declared", out var declared))
        {
            foreach (var type in declared.EnumerateObject())
            {
                var i = actual.Names.ToList().IndexOf(type.Name);
                if (i < 0 || !AgreesWithSchema(DelimitedFixture.PlainType(actual.Columns[i]), type.Value.GetString()!))
                {
                    yield return $"type: {(i < 0 ? "no column" : actual.Columns[i].Evidence)} ({type.Name}), not {type.Value.GetString()}";
                }
            }
        }
    }

    static IEnumerable<string> CompareTwin(FixtureEntry entry, DelimitedFixture actual)
    {
        if (!entry.Expected.TryGetProperty("json_twin", out var twin))
        {
            yield break;
        }

        var path = Path.Combine(FixtureEntry.Root!, entry.Corpus, twin.GetString()!);
        if (!File.Exists(path))
        {
            yield break;
        }

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var row = 0;
        foreach (var record in json.RootElement.ValueKind == JsonValueKind.Array ? [.. json.RootElement.EnumerateArray()] : new[] { json.RootElement })
        {
            var cells = record.EnumerateObject().Select(p => p.Value.GetString()).ToArray();
            if (row >= actual.Cells.Count || !cells.SequenceEqual(actual.Cells[row]))
            {
                yield return $"cells: record {row + 1}";
                yield break;
            }

            row++;
        }
    }

    static bool AgreesWithDuckDb(string own, string theirs) => theirs switch
    {
        "BIGINT" or "INTEGER" => own.Contains("Int", StringComparison.Ordinal),
        "DOUBLE" => own.StartsWith("Decimal", StringComparison.Ordinal) || own.StartsWith("Float", StringComparison.Ordinal)
            || own.Contains("Int", StringComparison.Ordinal),
        "DATE" => own is "Date" or "Date32",
        "TIMESTAMP" or "TIMESTAMP WITH TIME ZONE" => own.StartsWith("DateTime", StringComparison.Ordinal),
        "BOOLEAN" => own == "Bool",
        "VARCHAR" => own is "String" or "UUID",
        _ => own == "String",
    };

    static bool AgreesWithSchema(string own, string theirs) => theirs switch
    {
        "integer" => own.Contains("Int", StringComparison.Ordinal),
        "number" => own.StartsWith("Decimal", StringComparison.Ordinal) || own.StartsWith("Float", StringComparison.Ordinal)
            || own.Contains("Int", StringComparison.Ordinal),
        "date" => own is "Date" or "Date32",
        "datetime" => own.StartsWith("DateTime", StringComparison.Ordinal),
        "boolean" => own == "Bool",
        _ => own == "String",
    };
}
