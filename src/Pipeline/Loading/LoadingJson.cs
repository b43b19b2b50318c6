using System.Text.Json.Serialization;
using Pipeline.Ledger;

namespace Pipeline.Loading;

/// <summary>Generated JSON code for what is stored at the destination.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RegistryRow))]
[JsonSerializable(typeof(Receipt))]
sealed partial class LoadingJson : JsonSerializerContext;
