using Pipeline.Configuration;

namespace Pipeline.Daemon.Tests.Deploy;

/// <summary>Which environment variables are settings, by the tree that the configuration itself is read with.</summary>
static class SettingNames
{
    public static bool IsSetting(string variable)
    {
        var name = variable.EndsWith("_FILE", StringComparison.Ordinal) ? variable[..^5] : variable;
        var parts = name.Split("__");
        if (parts[0] != "PIPELINE")
        {
            return false;
        }

        ConfigNode? node = ConfigNode.Root;
        foreach (var part in parts[1..])
        {
            node = node is ConfigSection section ? section.Find(part, StringComparison.OrdinalIgnoreCase)?.Node : null;
        }

        return node is ConfigScalar;
    }
}
