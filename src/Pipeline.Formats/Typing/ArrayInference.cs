using Pipeline.Formats.Columns;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Typing;

/// <summary>
/// From evidence about arrays to <c>Array(T)</c>, or to JSON text. T is inferred from the elements as from the values of a column; they
/// must be of one kind (numbers, strings, booleans, arrays; nulls aside). ClickHouse has no null in place of an array: where a record has none,
/// an empty array stands for it, but only while no array of the file is empty; otherwise the column is text, and nothing is lost.
/// </summary>
static class ArrayInference
{
    public static (ColumnType Type, TextForm Form, string Because) Decide(ColumnProfile profile)
    {
        var arrays = profile.Arrays!;
        if (profile.Count(CellForm.QuotedEmpty) > 0)
        {
            return Text($"because line {profile.FirstLine(CellForm.QuotedEmpty)} is an empty text and line "
                + $"{profile.FirstLine(CellForm.Array)} an array");
        }

        if (arrays.MixedLine > 0)
        {
            return Text($"because the array on line {arrays.MixedLine} has elements of several kinds, objects, or too many levels");
        }

        if (profile.FormatNulls > 0 && arrays.EmptyLine > 0)
        {
            return Text($"because line {profile.FirstLine(CellForm.Null)} has no value and line {arrays.EmptyLine} an empty array, "
                + "which an Array cannot tell apart");
        }

        var element = TypeInference.Infer(arrays.Elements);
        var type = element.Type is LowCardinalityType dictionary ? dictionary.Inner : element.Type;
        var plain = type is NullableType nullable ? nullable.Inner : type;
        var isText = plain is StringType;
        if (isText && arrays.Kind is not (FieldKind.String or FieldKind.Null))
        {
            return Text($"because of the elements: {element.Evidence}");
        }

        var form = new TextForm
        {
            Cell = CellForm.Array,
            Element = element.Form,
            ElementKind = arrays.Kind,
            HasNullArrays = profile.FormatNulls > 0,
        };
        var nulls = profile.FormatNulls > 0
            ? $"; line {profile.FirstLine(CellForm.Null)} has no value: an empty array, as no array is empty otherwise" : "";
        return (new ArrayType(type), form, $"because of the elements: {element.Evidence}{nulls}");
    }

    static (ColumnType Type, TextForm Form, string Because) Text(string because) =>
        (new StringType(), new TextForm { Cell = CellForm.Text }, because);
}
