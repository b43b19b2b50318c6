using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Pipeline.Formats.Json;

/// <summary>
/// A place in the records: the root, a key of an object, or a position in an array record. Owned by one <see cref="JsonShape"/>.
/// </summary>
sealed class JsonNode(JsonNode? parent, byte[] key, string name)
{
    // Below this a walk along the children is cheaper than a hash.
    const int HashedAbove = 8;

    readonly List<JsonNode> _children = [];
    Dictionary<byte[], JsonNode>? _byKey;

    public byte[] Key { get; } = key;

    /// <summary>How a member with this key begins.</summary>
    public JsonKeyStart Start { get; } = new(key);

    /// <summary>Keys from the root, joined by dots.</summary>
    public string Name { get; } = name;

    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    public IReadOnlyList<JsonNode> Children => _children;

    /// <summary>The children, until one is added.</summary>
    public ReadOnlySpan<JsonNode> ChildSpan => CollectionsMarshal.AsSpan(_children);

    /// <summary>A scalar that is not null, or an array, was seen here.</summary>
    public bool SeenValue { get; set; }

    /// <summary>Objects here are one JSON text: they are too deep, or a map whose keys are data.</summary>
    public bool IsWhole { get; set; }

    /// <summary>When a value was first seen here, counted over the shape; decides the order of columns.</summary>
    public int Order { get; set; } = int.MaxValue;

    /// <summary>Index of the column, or -1 when this place has none.</summary>
    public int Column { get; set; } = -1;

    /// <summary>
    /// Finds a child; <paramref name="guess"/> is where the last one was, since records tend to repeat their order.
    /// </summary>
    public bool TryFind(ReadOnlySpan<byte> key, ref int guess, [NotNullWhen(true)] out JsonNode? child)
    {
        if (guess < _children.Count && key.SequenceEqual(_children[guess].Key))
        {
            child = _children[guess++];
            return true;
        }

        if (_byKey is not null)
        {
            // The guess stays: after a key out of order the next ones are mostly where they were.
            return _byKey.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out child);
        }

        for (var i = 0; i < _children.Count; i++)
        {
            if (key.SequenceEqual(_children[i].Key))
            {
                guess = i + 1;
                child = _children[i];
                return true;
            }
        }

        child = null;
        return false;
    }

    public JsonNode Add(byte[] key, string keyText)
    {
        var child = new JsonNode(this, key, Depth == 0 ? keyText : $"{Name}.{keyText}");
        _children.Add(child);
        if (_byKey is null && _children.Count > HashedAbove)
        {
            _byKey = new Dictionary<byte[], JsonNode>(Utf8KeyComparer.Instance);
            foreach (var known in _children)
            {
                _byKey.Add(known.Key, known);
            }
        }
        else
        {
            _byKey?.Add(key, child);
        }

        return child;
    }

    /// <summary>Forgets the places below: they are no columns of their own any more.</summary>
    public void Collapse()
    {
        IsWhole = true;
        Order = Math.Min(Order, FirstOrder());
        _children.Clear();
        _byKey = null;
    }

    int FirstOrder() => _children.Count == 0 ? Order : Math.Min(Order, _children.Min(c => c.FirstOrder()));
}

/// <summary>
/// Keys by their bytes, found without making a string. The hash is seeded per process, so no file can aim at collisions.
/// </summary>
sealed class Utf8KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static Utf8KeyComparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}
