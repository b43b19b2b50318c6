using System.Reflection;
using System.Text.Json;

namespace Pipeline.Configuration;

/// <summary>
/// The shape of a configuration, read once from the options records. Parser, environment overrides, messages, JSON Schema and the
/// commented file all walk this tree: a new key is a property with a <see cref="SettingAttribute"/>, and nothing else.
/// </summary>
abstract record ConfigNode
{
    public static ConfigSection Root { get; } = ConfigSection.Of(typeof(PipelineOptions));

    internal static ConfigNode Of(Type type, SettingAttribute setting)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            return new ConfigMap(Of(type.GetGenericArguments()[1], setting), type.GetGenericArguments()[1]);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return new ConfigList(new ConfigScalar(type.GetGenericArguments()[0], setting));
        }

        return type.Namespace == typeof(PipelineOptions).Namespace && type.IsClass
            ? ConfigSection.Of(type)
            : new ConfigScalar(Nullable.GetUnderlyingType(type) ?? type, setting);
    }
}

/// <summary>A record of keys.</summary>
sealed record ConfigSection(Type Type, IReadOnlyList<ConfigKey> Keys) : ConfigNode
{
    internal static ConfigSection Of(Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        var keys = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .OrderBy(p => p.MetadataToken)
            .Select(p =>
            {
                var setting = p.GetCustomAttribute<SettingAttribute>()
                    ?? throw new InvalidOperationException($"{type.Name}.{p.Name} has no [Setting].");
                var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name);
                return new ConfigKey(name, p, setting, ConfigNode.Of(p.PropertyType, setting), p.GetValue(defaults));
            });
        return new ConfigSection(type, [.. keys]);
    }

    public ConfigKey? Find(string name, StringComparison comparison = StringComparison.Ordinal) =>
        Keys.FirstOrDefault(k => string.Equals(k.Name, name, comparison));
}

/// <summary>Names chosen by the user, each with a value of the same shape.</summary>
sealed record ConfigMap(ConfigNode Value, Type ValueType) : ConfigNode;

/// <summary>Scalars in order.</summary>
sealed record ConfigList(ConfigScalar Item) : ConfigNode;

/// <summary>One value; its text forms are those of <see cref="ScalarText"/>.</summary>
sealed record ConfigScalar(Type Type, SettingAttribute Setting) : ConfigNode;

/// <summary>A key of a section.</summary>
/// <param name="Default">Its value when nobody sets it.</param>
sealed record ConfigKey(string Name, PropertyInfo Property, SettingAttribute Setting, ConfigNode Node, object? Default);
