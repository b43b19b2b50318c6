using System.Runtime.InteropServices;

namespace Pipeline.Formats.Columns;

/// <summary>
/// A dictionary of distinct values and a key per row. Values are looked up by their bytes, without an allocation per cell. As in
/// ClickHouse's
/// own dictionaries the default value is there from the start: at key 0, or at key 1 where key 0 is the null of a nullable
/// column.
/// </summary>
public sealed class LowCardinalityColumn : Column
{
    readonly DictionaryIndex _index = new();
    readonly StringColumn? _texts;
    readonly FixedWidthColumn? _values;
    readonly bool _nullable;

    public LowCardinalityColumn(LowCardinalityType type)
        : base(type)
    {
        _nullable = type.AcceptsNull;
        Dictionary = type.Value.CreateColumn();
        _texts = Dictionary as StringColumn;
        _values = Dictionary as FixedWidthColumn;
        Keys = new FixedColumn<int>(type);
        AddReserved();
    }

    /// <summary>The distinct values, in order of first sight. In a nullable column the value at 0 stands for null.</summary>
    public Column Dictionary { get; }

    /// <summary>Where each row's value stands in <see cref="Dictionary"/>.</summary>
    public FixedColumn<int> Keys { get; }

    public override int Count => Keys.Count;

    public override long ByteSize => Dictionary.ByteSize + ((long)Count * KeyWidth);

    /// <summary>Bytes of a key in a Native block: ClickHouse takes the smallest that can hold the number of values.</summary>
    internal int KeyWidth => Dictionary.Count switch { <= byte.MaxValue => 1, <= ushort.MaxValue => 2, _ => 4 };

    /// <summary>The bytes of a row's value; of a null those of the default value.</summary>
    public ReadOnlySpan<byte> this[int row] => ValueAt(Keys.Values[row]);

    public bool IsNull(int row) => _nullable && Keys.Values[row] == 0;

    /// <summary>Appends a value by its bytes: a text, or the little-endian bytes of a value of the dictionary's width.</summary>
    /// <exception cref="ArgumentException">The bytes do not have the width of the dictionary's values.</exception>
    public void Append(ReadOnlySpan<byte> value) => Keys.Append(KeyOf(value));

    /// <summary>Appends a value of a fixed width.</summary>
    public void AppendValue<T>(T value)
        where T : unmanaged => Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Appends a null.</summary>
    /// <exception cref="InvalidOperationException">The column is not nullable.</exception>
    public void AppendNull() => Keys.Append(_nullable ? 0 : throw new InvalidOperationException($"{Type.Name} holds no nulls."));

    public override void AppendDefault() => Keys.Append(0);

    public override void AppendAll(Column other)
    {
        if (other is ConstantColumn constant)
        {
            Keys.AppendSpan(constant.Count).Fill(KeyOf(constant.Value));
            return;
        }

        var values = (LowCardinalityColumn)other;
        var keys = Merge(values.Dictionary);
        var appended = Keys.AppendSpan(values.Count);
        var there = values.Keys.Values;
        for (var i = 0; i < appended.Length; i++)
        {
            appended[i] = keys[there[i]];
        }
    }

    public override void ReserveLike(Column other)
    {
        var values = (LowCardinalityColumn)other;
        Keys.ReserveLike(values.Keys);
        Dictionary.ReserveLike(values.Dictionary);
    }

    /// <summary>Drops rows; a value that no row uses any more stays in the dictionary.</summary>
    public override void RemoveRows(ReadOnlySpan<bool> remove) => Keys.RemoveRows(remove);

    public override void Clear()
    {
        Keys.Clear();
        Dictionary.Clear();
        _index.Clear();
        AddReserved();
    }

    /// <summary>
    /// Adds the values of another dictionary (with a null slot at 0 where this one has one); returns where each stands in this
    /// one.
    /// </summary>
    internal int[] Merge(Column dictionary)
    {
        var map = new int[dictionary.Count];
        for (var i = 0; i < map.Length; i++)
        {
            map[i] = _nullable && i == 0 ? 0 : KeyOf(ValueAt(dictionary, i));
        }

        return map;
    }

    static ReadOnlySpan<byte> ValueAt(Column dictionary, int key) =>
        dictionary is FixedWidthColumn values ? values.Bytes.Slice(key * values.Width, values.Width)
            : ((StringColumn)dictionary)[key];

    ReadOnlySpan<byte> ValueAt(int key) =>
        _texts is null ? _values!.Bytes.Slice(key * _values.Width, _values.Width) : _texts[key];

    int KeyOf(ReadOnlySpan<byte> value)
    {
        var hash = DictionaryIndex.Hash(value);
        for (var slot = _index.First(hash); ; slot = _index.Next(slot))
        {
            var key = _index.KeyIn(slot, hash, out var isFree);
            if (isFree)
            {
                break;
            }

            if (key >= 0 && ValueAt(key).SequenceEqual(value))
            {
                return key;
            }
        }

        AddValue(value);
        _index.Add(Dictionary.Count - 1, hash);
        return Dictionary.Count - 1;
    }

    void AddValue(ReadOnlySpan<byte> value)
    {
        if (_texts is not null)
        {
            _texts.Append(value);
        }
        else if (value.Length == _values!.Width)
        {
            value.CopyTo(_values.AppendBytes(1));
        }
        else
        {
            throw new ArgumentException($"{value.Length} bytes are not a value of {Dictionary.Type.Name}.", nameof(value));
        }
    }

    /// <summary>The null slot is in the dictionary but not in the index: no value is ever found there.</summary>
    void AddReserved()
    {
        if (_nullable)
        {
            Dictionary.AppendDefault();
        }

        var key = Dictionary.Count;
        Dictionary.AppendDefault();
        _index.Add(key, DictionaryIndex.Hash(ValueAt(key)));
    }
}
