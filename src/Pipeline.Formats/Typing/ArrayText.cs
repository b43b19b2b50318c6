using System.Text.Json;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>Walks over the elements of a JSON array that stands as text in a field.</summary>
ref struct ArrayText
{
    // The reader of the file has limited the depth already; this one must not be stricter.
    static readonly JsonReaderOptions s_options = new() { MaxDepth = 1 << 16 };

    readonly ReadOnlySpan<byte> _text;
    Utf8JsonReader _reader;
    int _nestedStart;

    /// <exception cref="JsonException">The text is not JSON; also thrown by <see cref="MoveNext"/>.</exception>
    public ArrayText(ReadOnlySpan<byte> text)
    {
        _text = text;
        _reader = new Utf8JsonReader(text, s_options);
        IsArray = _reader.Read() && _reader.TokenType == JsonTokenType.StartArray;
    }

    /// <summary>False for any other JSON value: it has no elements.</summary>
    public bool IsArray { get; }

    /// <summary>What the current element is. <see cref="FieldKind.Json"/>: an array or an object.</summary>
    public readonly FieldKind Kind => _reader.TokenType switch
    {
        JsonTokenType.Null => FieldKind.Null,
        JsonTokenType.String => FieldKind.String,
        JsonTokenType.Number => FieldKind.Number,
        JsonTokenType.True or JsonTokenType.False => FieldKind.Boolean,
        _ => FieldKind.Json,
    };

    public bool MoveNext()
    {
        if (!_reader.Read() || (_reader.TokenType == JsonTokenType.EndArray && _reader.CurrentDepth == 0))
        {
            // Nothing may follow: the reader says so itself.
            _reader.Read();
            return false;
        }

        if (_reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            _nestedStart = (int)_reader.TokenStartIndex;
            _reader.Skip();
        }

        return true;
    }

    /// <summary>
    /// Writes the text of the current element: a string without quotes and escapes, anything else as it stands. False when a string is
    /// not Unicode. <paramref name="target"/> must be as long as the array's text.
    /// </summary>
    public bool TryCopy(Span<byte> target, out int length)
    {
        switch (Kind)
        {
            case FieldKind.Null:
                length = 0;
                return true;
            case FieldKind.String:
                return JsonText.TryUnescape(ref _reader, target, out length);
            case FieldKind.Json:
                var nested = _text[_nestedStart..(int)_reader.BytesConsumed];
                nested.CopyTo(target);
                length = nested.Length;
                return true;
            default:
                _reader.ValueSpan.CopyTo(target);
                length = _reader.ValueSpan.Length;
                return true;
        }
    }
}
