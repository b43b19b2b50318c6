using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Configuration;

/// <summary>Writes configurations: the values in force, or the commented file with every key and its default.</summary>
public static partial class ConfigText
{
    const string Mask = "********";
    const int CommentWidth = 110;

    /// <summary>The values in force as YAML; secrets masked.</summary>
    public static string Show(PipelineOptions options)
    {
        var text = new StringBuilder();
        foreach (var key in ConfigNode.Root.Keys)
        {
            WriteNode(text, "", key.Name, key.Node, key.Property.GetValue(options));
        }

        return text.ToString();
    }

    /// <summary>The values in force as JSON; secrets masked.</summary>
    public static JsonObject ShowJson(PipelineOptions options) => SectionJson(ConfigNode.Root, options);

    /// <summary>pipeline.yaml as it comes: every key, its effect and its default, and an example of a dataset.</summary>
    public static string Commented()
    {
        var text = new StringBuilder(
            """
            # The configuration of a pipeline. Every key is here with its default; an empty value keeps the default,
            # and so does no file at all.
            #
            # Each key can be set by an environment variable instead: PIPELINE__HTTP__PORT=9090 is http.port, and
            # PIPELINE__DATASETS__ORDERS__TABLE=sales.orders is datasets.orders.table. A variable that ends in _FILE
            # names a file that holds the value: PIPELINE__CLICKHOUSE__PASSWORD_FILE=/run/secrets/clickhouse.
            # Variables win over this file.
            #
            # Durations: 500ms, 2s, 5m, 1h, 7d. Sizes: 64KiB, 32MiB, 1GiB. Shares: 5%.
            # `pipeline config check` reports everything that is wrong here; `pipeline config schema` prints a
            # JSON Schema for your editor.

            """);
        foreach (var key in ConfigNode.Root.Keys)
        {
            text.Append('\n');
            WriteCommented(text, key, "", "");
        }

        return text.ToString();
    }

    /// <summary>Writes a key with its comment. <paramref name="prefix"/> is "# " inside an example.</summary>
    static void WriteCommented(StringBuilder text, ConfigKey key, string indent, string prefix)
    {
        Comment(text, indent, prefix, key.Setting.Text);
        switch (key.Node)
        {
            case ConfigSection section:
                text.Append(prefix).Append(indent).Append(key.Name).Append(":\n");
                foreach (var inner in section.Keys)
                {
                    WriteCommented(text, inner, indent + "  ", prefix);
                }

                break;

            case ConfigMap { Value: ConfigSection value }:
                text.Append(prefix).Append(indent).Append(key.Name).Append(prefix.Length == 0 ? ": {}\n" : ":\n");
                var example = key.Name == "datasets" ? "orders" : "amount";
                var inside = prefix.Length == 0 ? "# " : prefix;
                if (prefix.Length == 0)
                {
                    text.Append("# An example with every key; a key without a default shows a value it could have:\n# ").Append(
                        key.Name).Append(":\n");
                }

                text.Append(inside).Append(indent).Append("  ").Append(example).Append(":\n");
                foreach (var inner in value.Keys)
                {
                    WriteCommented(text, inner, indent + "    ", inside);
                }

                break;

            case ConfigMap:
                text.Append(
                    prefix).Append(indent).Append(key.Name).Append(": {}  # such as {").Append(key.Setting.Example).Append("}\n");
                break;

            case ConfigList:
                text.Append(prefix).Append(indent).Append(key.Name).Append(": [")
                    .AppendJoin(", ", key.Setting.Example!.Split(", ").Select(Quote)).Append("]\n");
                break;

            case ConfigScalar scalar when key.Default is not null:
                text.Append(prefix).Append(indent).Append(key.Name).Append(": ").Append(Scalar(scalar, key.Default)).Append('\n');
                break;

            case ConfigScalar when prefix.Length > 0:
                text.Append(prefix).Append(indent).Append(key.Name).Append(": ").Append(Quote(key.Setting.Example!)).Append('\n');
                break;

            case ConfigScalar:
                text.Append(indent).Append(key.Name).Append(":  # such as ").Append(key.Setting.Example).Append('\n');
                break;

            default:
                throw new InvalidOperationException($"No text for {key.Node}.");
        }
    }

    static void Comment(StringBuilder text, string indent, string prefix, string comment)
    {
        var line = new StringBuilder();
        foreach (var word in comment.Split(' '))
        {
            if (line.Length > 0 && indent.Length + line.Length + word.Length > CommentWidth)
            {
                text.Append(prefix).Append(indent).Append("# ").Append(line).Append('\n');
                line.Clear();
            }

            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }

        text.Append(prefix).Append(indent).Append("# ").Append(line).Append('\n');
    }

    static void WriteNode(StringBuilder text, string indent, string name, ConfigNode node, object? value)
    {
        text.Append(indent).Append(Quote(name)).Append(':');
        switch (node)
        {
            case ConfigSection section:
                text.Append('\n');
                foreach (var key in section.Keys)
                {
                    WriteNode(text, indent + "  ", key.Name, key.Node, key.Property.GetValue(value));
                }

                break;

            case ConfigMap map:
                var entries = (IDictionary)value!;
                text.Append(entries.Count == 0 ? " {}\n" : "\n");
                foreach (DictionaryEntry entry in entries)
                {
                    WriteNode(text, indent + "  ", (string)entry.Key, map.Value, entry.Value);
                }

                break;

            case ConfigList list:
                text.Append(
                    " [").AppendJoin(", ", ((IEnumerable)value!).Cast<object>().Select(v => Scalar(list.Item, v))).Append("]\n");
                break;

            case ConfigScalar scalar:
                text.Append(value is null ? "" : " " + Scalar(scalar, value)).Append('\n');
                break;

            default:
                throw new InvalidOperationException($"No text for {node}.");
        }
    }

    static JsonObject SectionJson(ConfigSection section, object value)
    {
        var json = new JsonObject();
        foreach (var key in section.Keys)
        {
            json[key.Name] = NodeJson(key.Node, key.Property.GetValue(value));
        }

        return json;
    }

    static JsonNode? NodeJson(ConfigNode node, object? value)
    {
        switch (node)
        {
            case ConfigSection section:
                return SectionJson(section, value!);
            case ConfigMap map:
                var entries = new JsonObject();
                foreach (DictionaryEntry entry in (IDictionary)value!)
                {
                    entries[(string)entry.Key] = NodeJson(map.Value, entry.Value);
                }

                return entries;
            case ConfigList list:
                return new JsonArray([.. ((IEnumerable)value!).Cast<object>().Select(v => NodeJson(list.Item, v))]);
            case ConfigScalar scalar:
                return value switch
                {
                    null => null,
                    _ when scalar.Setting.Secret => Mask,
                    bool flag => flag,
                    int number when scalar.Setting.Kind == SettingKind.Plain => number,
                    long number when scalar.Setting.Kind == SettingKind.Plain => number,
                    _ => ScalarText.Format(scalar, value),
                };
            default:
                throw new InvalidOperationException($"No JSON for {node}.");
        }
    }

    static string Scalar(ConfigScalar scalar, object value)
    {
        if (scalar.Setting.Secret)
        {
            return Quote(Mask);
        }

        var text = ScalarText.Format(scalar, value);
        return scalar.Type == typeof(string) || scalar.Type == typeof(char) ? Quote(text) : text;
    }

    /// <summary>A text as YAML reads it back: plain where that is safe, else as JSON writes it.</summary>
    static string Quote(string text) =>
        Plain().IsMatch(text) && text is not ("null" or "Null" or "NULL") ? text : JsonSerializer.Serialize(text, s_json);

    static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [GeneratedRegex(
        @"^[A-Za-z0-9_./][A-Za-z0-9_./()-]*( ?[A-Za-z0-9_./()-]+)*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Plain();
}
