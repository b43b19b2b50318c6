using System.Text.Json;

namespace Pipeline.Formats.Json;

/// <summary>Looks for the one array of records inside an object.</summary>
ref struct JsonRecordArraySearch(ReadOnlySpan<byte> head, int start, bool isWhole, FormatOptions options)
{
    // Objects around the records: {"response":{"docs":[…]}} has two.
    const int MaxPath = 3;

    /// <summary>Under these names an empty array is an answer without records, rather than a value of one record.</summary>
    static readonly HashSet<string> s_answerKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "data", "rows", "records", "results", "docs", "hits", "features",
    };

    /// <summary>Names of columns stand under these keys: texts, or objects with a <c>name</c>.</summary>
    static readonly HashSet<string> s_headerKeys = ["columns", "fields", "header", "headers", "meta"];

    readonly ReadOnlySpan<byte> _head = head;
    readonly List<string> _path = [];
    readonly List<List<string>> _outside = [];
    readonly List<string> _arrays = [];
    int _named;
    int _unnamed;
    JsonLayout? _namedArray;
    JsonLayout? _unnamedArray;
    JsonLayout? _empty;

    /// <summary>The one array of records: under a name that says so, else the only one. Of several that are alike none is better than the others.</summary>
    public readonly JsonLayout? Best => (_named, _unnamed) switch
    {
        (1, _) => _namedArray,
        (0, 1) => _unnamedArray,
        (0, 0) => _empty,
        _ => null,
    };

    /// <summary>All arrays of records, by the keys around them.</summary>
    public readonly IReadOnlyList<string> Arrays => _arrays;

    public void Run()
    {
        var reader = JsonRecordReader.NewReader(_head[start..], isWhole, options);
        if (reader.Read())
        {
            Members(ref reader);
        }
    }

    // False when the head ended.
    bool Members(ref Utf8JsonReader reader)
    {
        var outside = new List<string>();
        _outside.Add(outside);
        string[]? columns = null;
        var members = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                _outside.RemoveAt(_outside.Count - 1);
                return true;
            }

            var key = JsonText.ToDisplay(ref reader);
            members++;
            if (!reader.Read())
            {
                return false;
            }

            if (reader.TokenType == JsonTokenType.StartObject && _path.Count + 1 < MaxPath)
            {
                _path.Add(key);
                if (!Members(ref reader))
                {
                    return false;
                }

                _path.RemoveAt(_path.Count - 1);
                outside.Add(key);
                continue;
            }

            if (reader.TokenType == JsonTokenType.StartArray)
            {
                if (!Array(ref reader, key, members, columns, ref columns))
                {
                    return false;
                }
            }
            else if (!reader.TrySkip())
            {
                return false;
            }

            outside.Add(key);
        }

        return false;
    }

    bool Array(ref Utf8JsonReader reader, string key, int members, string[]? header, ref string[]? columns)
    {
        var at = start + (int)reader.BytesConsumed;
        string[] outside = [.. _outside.SelectMany(o => o)];
        var names = new List<string>();
        int objects = 0, arrays = 0, others = 0;
        var complete = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                complete = true;
                break;
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    objects++;
                    if (s_headerKeys.Contains(key) && NameIn(reader) is { } name)
                    {
                        names.Add(name);
                    }

                    break;
                case JsonTokenType.StartArray:
                    arrays++;
                    break;
                default:
                    others++;
                    if (reader.TokenType == JsonTokenType.String)
                    {
                        names.Add(JsonText.ToDisplay(ref reader));
                    }

                    break;
            }

            if (!reader.TrySkip())
            {
                break;
            }
        }

        if (complete && names.Count > 0 && names.Count == objects + others && arrays == 0 && s_headerKeys.Contains(key))
        {
            columns = [.. names];
        }

        // Objects are records when there are several, or one under a name that says so. Arrays are, under such a name only.
        var named = JsonLayouts.SaysRecords(key);
        var records = others == 0 && (arrays == 0
            ? objects > 1 ? named || _path.Count == 0 : objects == 1 && (named || !complete)
            : objects == 0 && named);
        _unnamed += objects > 0 && others == 0 && !named && _path.Count == 0 ? 1 : 0;
        if (complete && objects + arrays + others == 0 && s_answerKeys.Contains(key))
        {
            _empty ??= new JsonLayout(JsonLayoutKind.Array, at, [.. _path, key], outside);
        }

        if (records)
        {
            _arrays.Add(string.Join('.', [.. _path, key]));
            var split = arrays > 0 && header?.Length > 0 ? header : null;
            var found = new JsonLayout(JsonLayoutKind.Array, at, [.. _path, key], outside, split);
            (_namedArray, _unnamedArray) = named ? (found, _unnamedArray) : (_namedArray, found);
            _named += named ? 1 : 0;
        }

        return complete;
    }

    // The reader is a copy: where it stood, it stands.
    static string? NameIn(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isName = reader.ValueTextEquals("name"u8);
            if (!reader.Read())
            {
                return null;
            }

            if (isName)
            {
                return reader.TokenType == JsonTokenType.String ? JsonText.ToDisplay(ref reader) : null;
            }

            if (!reader.TrySkip())
            {
                return null;
            }
        }

        return null;
    }
}
