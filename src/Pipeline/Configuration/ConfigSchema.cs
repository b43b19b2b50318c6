using System.Text.Json.Nodes;

namespace Pipeline.Configuration;

/// <summary>
/// The JSON Schema (draft 2020-12) of pipeline.yaml, for editors and checks; drawn from the same model that parses.
/// </summary>
public static class ConfigSchema
{
    public static JsonObject Generate()
    {
        var schema = Of(ConfigNode.Root);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "pipeline.yaml");
        return schema;
    }

    static JsonObject Of(ConfigNode node) => node switch
    {
        ConfigSection section => OfSection(section),
        ConfigMap map => new JsonObject { ["type"] = Types("object", "null"), ["additionalProperties"] = Of(map.Value) },
        ConfigList list => new JsonObject { ["type"] = Types("array", "string", "null"), ["items"] = Of(list.Item) },
        ConfigScalar scalar => OfScalar(scalar),
        _ => throw new InvalidOperationException($"No schema for {node}."),
    };

    static JsonObject OfSection(ConfigSection section)
    {
        var properties = new JsonObject();
        foreach (var key in section.Keys)
        {
            var property = Of(key.Node);
            property.Insert(0, "description", key.Setting.Text);
            if (key.Node is ConfigScalar scalar && key.Default is not null)
            {
                property["default"] = DefaultOf(scalar, key.Default);
            }

            properties[key.Name] = property;
        }

        return new JsonObject
        {
            ["type"] = Types("object", "null"),
            ["additionalProperties"] = false,
            ["properties"] = properties
        };
    }

    /// <summary>Values are texts, and numbers where YAML reads them as such; empty keeps the default.</summary>
    static JsonObject OfScalar(ConfigScalar scalar)
    {
        var type = scalar.Type;
        if (type.IsEnum)
        {
            return new JsonObject { ["enum"] = new JsonArray([.. ScalarText.Options(type).Select(o => (JsonNode)o), null]) };
        }

        if (scalar.Setting.Kind == SettingKind.Bytes)
        {
            return Bounded(
                new JsonObject { ["type"] = Types("integer", "string", "null"), ["pattern"] = ScalarText.SizePattern }, scalar);
        }

        if (scalar.Setting.Kind == SettingKind.Ratio)
        {
            return Bounded(
                new JsonObject { ["type"] = Types("number", "string", "null"), ["pattern"] = ScalarText.RatioPattern }, scalar);
        }

        return type switch
        {
            _ when type == typeof(bool) => new JsonObject { ["type"] = Types("boolean", "null") },
            _ when type == typeof(TimeSpan) =>
                new JsonObject { ["type"] = Types("string", "null"), ["pattern"] = ScalarText.DurationPattern },
            _ when type == typeof(Uri) => new JsonObject { ["type"] = Types("string", "null"), ["format"] = "uri" },
            _ when type == typeof(char) => new JsonObject { ["type"] = Types("string", "null"), ["maxLength"] = 3 },
            _ when type == typeof(string) => new JsonObject { ["type"] = Types("string", "number", "boolean", "null") },
            _ => Bounded(new JsonObject { ["type"] = Types("integer", "null") }, scalar),
        };
    }

    static JsonObject Bounded(JsonObject schema, ConfigScalar scalar)
    {
        if (!double.IsNaN(scalar.Setting.Min))
        {
            schema["minimum"] = scalar.Setting.Min;
        }

        if (!double.IsNaN(scalar.Setting.Max))
        {
            schema["maximum"] = scalar.Setting.Max;
        }

        return schema;
    }

    static JsonNode DefaultOf(ConfigScalar scalar, object value) => value switch
    {
        bool flag => flag,
        int number when scalar.Setting.Kind == SettingKind.Plain => number,
        long number when scalar.Setting.Kind == SettingKind.Plain => number,
        _ => ScalarText.Format(scalar, value),
    };

    static JsonArray Types(params ReadOnlySpan<string> types) => new([.. types.ToArray().Select(t => (JsonNode)t)]);
}
