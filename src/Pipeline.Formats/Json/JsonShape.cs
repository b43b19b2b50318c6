using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Json;

/// <summary>What the records of a file are.</summary>
enum JsonRecordKind
{
    Object,
    Array,

    /// <summary>Each record is one value: they are scalars, or of mixed kinds.</summary>
    Scalar,
}

/// <summary>
/// The columns of JSON records, learned by looking at records. An object is flattened into the places of its keys, joined by
/// dots; an array
/// is a value. A place that held a value, or nothing but nulls and empty objects, is a column. An object with more than
/// <see cref="MaxMapKeys"/> different keys is a map whose keys are data: it stays one column of JSON text.
/// </summary>
sealed class JsonShape(FormatOptions options, JsonRecordKind kind, bool isKeyed = false) : LearnedColumns
{
    /// <summary>
    /// Keys of one nested object that still become columns. A map of ids passes it soon, a structure that a person designed does
    /// not.
    /// </summary>
    public const int MaxMapKeys = 256;

    readonly JsonNode _keys = new(null, [.. "key"u8], "key");
    List<JsonNode> _columns = [];
    int _nextOrder;
    int _places;

    public JsonRecordKind Kind { get; } = kind;

    /// <summary>The first column holds the keys of the records.</summary>
    public bool IsKeyed { get; } = isKeyed;

    public JsonNode Root { get; } = new(null, [], "");

    public IReadOnlyList<JsonNode> Columns => _columns;

    public override IReadOnlyList<string> Names => _columns.ConvertAll(c => c.Name);

    /// <summary>Names for array records that have a header, in place of <c>c1</c>, <c>c2</c> …</summary>
    public IReadOnlyList<string>? Header { get; set; }

    /// <summary>The first record is the header, not data.</summary>
    public int HeaderRecords { get; set; }

    /// <summary>
    /// Takes one record into account. False when the reader ran out of data inside of it; what was seen until then stays, which
    /// does no harm
    /// because the record is looked at again.
    /// </summary>
    /// <exception cref="JsonException">The record is not JSON.</exception>
    public bool TryObserve(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            return false;
        }

        switch (Kind)
        {
            case JsonRecordKind.Object when reader.TokenType == JsonTokenType.StartObject:
                return TryObserveObject(ref reader, Root);
            case JsonRecordKind.Array when reader.TokenType == JsonTokenType.StartArray:
                return TryObserveArray(ref reader);
            case JsonRecordKind.Scalar:
                Place(0).SeenValue = true;
                return reader.TrySkip();
            default:
                return reader.TrySkip();
        }
    }

    /// <summary>Numbers the columns by what was seen. Call again after more was observed.</summary>
    /// <exception cref="BadFileException">There are too many.</exception>
    public void Freeze()
    {
        var found = new List<JsonNode>();
        Collect(Root, found);
        found.Sort((a, b) => a.Order.CompareTo(b.Order));
        if (found.Count > options.Limits.MaxColumns)
        {
            throw TooManyColumns(found.Count);
        }

        // Two places may spell the same name ({"a.b":1,"a":{"b":2}}): a record may have both, so each is a column.
        _columns = IsKeyed ? [_keys] : [];
        foreach (var node in found)
        {
            node.Column = _columns.Count;
            _columns.Add(node);
        }
    }

    static void Collect(JsonNode node, List<JsonNode> found)
    {
        node.Column = -1;
        // Without an order the window ended before the place was looked at.
        if (node.Depth > 0 && node.Order != int.MaxValue && (node.SeenValue || node.IsWhole || node.Children.Count == 0))
        {
            found.Add(node);
        }

        foreach (var child in node.Children)
        {
            Collect(child, found);
        }
    }

    bool TryObserveObject(ref Utf8JsonReader reader, JsonNode node)
    {
        var guess = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                return true;
            }

            var child = Child(ref reader, node, ref guess);
            if (!reader.Read())
            {
                return false;
            }

            if (child is null)
            {
                if (!reader.TrySkip())
                {
                    return false;
                }
            }
            else if (!TryObserveValue(ref reader, child))
            {
                return false;
            }

            if (node.Depth > 0 && node.Children.Count > MaxMapKeys)
            {
                node.Collapse();
                while (reader.TokenType != JsonTokenType.EndObject || reader.CurrentDepth > node.Depth)
                {
                    if (!reader.Read())
                    {
                        return false;
                    }
                }

                return true;
            }
        }

        return false;
    }

    bool TryObserveValue(ref Utf8JsonReader reader, JsonNode node)
    {
        // An object has no order of its own, its leaves have.
        if (reader.TokenType == JsonTokenType.StartObject && !node.IsWhole)
        {
            if (node.Depth < options.FlattenDepth)
            {
                if (!TryObserveObject(ref reader, node))
                {
                    return false;
                }

                if (node.Children.Count == 0)
                {
                    Touch(node);
                }

                return true;
            }

            node.IsWhole = true;
        }

        Touch(node);
        node.SeenValue |= reader.TokenType != JsonTokenType.Null;
        return reader.TrySkip();
    }

    bool TryObserveArray(ref Utf8JsonReader reader)
    {
        for (var i = 0; reader.Read(); i++)
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return true;
            }

            var place = i < options.Limits.MaxColumns + 1 ? Place(i) : Root.Children[^1];
            place.IsWhole = true;
            place.SeenValue |= reader.TokenType != JsonTokenType.Null;
            if (!reader.TrySkip())
            {
                return false;
            }
        }

        return false;
    }

    void Touch(JsonNode node) => node.Order = Math.Min(node.Order, _nextOrder++);

    /// <summary>The place of a position in an array record (or of the one value of a scalar record).</summary>
    JsonNode Place(int index)
    {
        while (Root.Children.Count <= index)
        {
            var at = Root.Children.Count;
            var name = Kind == JsonRecordKind.Scalar ? "value"
                : Header is { } header && at < header.Count ? header[at]
                : string.Create(CultureInfo.InvariantCulture, $"c{at + 1}");
            Touch(Root.Add(Encoding.UTF8.GetBytes(name), name));
        }

        return Root.Children[index];
    }

    /// <summary>The place of the property that the reader stands on; null when its name is not text.</summary>
    JsonNode? Child(ref Utf8JsonReader reader, JsonNode node, ref int guess)
    {
        if (!reader.ValueIsEscaped)
        {
            if (node.TryFind(reader.ValueSpan, ref guess, out var known))
            {
                return known;
            }

            return System.Text.Unicode.Utf8.IsValid(reader.ValueSpan)
                ? Add(node, reader.ValueSpan)
                : null;
        }

        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            if (!JsonText.TryUnescape(ref reader, rented, out var length))
            {
                return null;
            }

            var key = rented.AsSpan(0, length);
            return node.TryFind(key, ref guess, out var known) ? known : Add(node, key);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    JsonNode Add(JsonNode parent, ReadOnlySpan<byte> key)
    {
        // Inner objects are places too, so a fair file may have more places than columns; a hostile one must not fill the memory.
        if (++_places > 2 * options.Limits.MaxColumns)
        {
            throw TooManyColumns(_places);
        }

        return parent.Add(key.ToArray(), Encoding.UTF8.GetString(key));
    }

    BadFileException TooManyColumns(int count) =>
        new(RejectCode.TooManyColumns, $"The records have {count:N0} different keys or more, above the limit of " +
            $"{options.Limits.MaxColumns:N0} columns. Where keys are data (ids, dates, words), write them as values: {{\"key\": …, \"value\": …}}; " +
            "raise limits.max_columns if that many columns are meant.");
}
