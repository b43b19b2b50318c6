using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Ledger;

/// <summary>
/// The structured columns of the ledger as JSON text. Members unknown to this version are ignored, absent ones take their
/// default.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadPlan))]
[JsonSerializable(typeof(IReadOnlyList<PartitionCount>))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(FileProblem))]
sealed partial class LedgerJson : JsonSerializerContext
{
    public static LedgerValue Write<T>(T value, JsonTypeInfo<T> type)
        where T : class => LedgerValue.Utf8(JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static T? Read<T>(SqliteRow row, int column, JsonTypeInfo<T> type)
        where T : class => row.IsNull(column) ? null : JsonSerializer.Deserialize(row.GetBytes(column), type);
}
