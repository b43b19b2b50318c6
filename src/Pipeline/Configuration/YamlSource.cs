using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Configuration;

/// <summary>
/// Reads YAML into raw nodes with their lines. Depth is bounded: an alias that contains itself ends as a problem, not as a hang.
/// </summary>
static class YamlSource
{
    /// <summary>Deeper than any key of ours: root, datasets, name, columns, name, in, item.</summary>
    const int MaxDepth = 16;

    /// <summary>Aliases multiply; a real configuration has some hundred values.</summary>
    const int MaxNodes = 100_000;

    public static RawMap Read(string text, string source, List<ConfigProblem> problems)
    {
        var start = new RawPlace(source, 1, 1);
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count > 1)
            {
                problems.Add(PlaceOf(stream.Documents[1].RootNode, source)
                    .Problem(
                        "", ConfigCode.WrongShape, "A second document starts here ('---'); a configuration is one document."));
            }

            var nodes = 0;
            var root = stream.Documents.Count == 0 ? null : Convert(stream.Documents[0].RootNode, source, problems, 0, ref nodes);
            switch (root)
            {
                case null or RawScalar { Text: null }:
                    return new RawMap(start);
                case RawMap map:
                    return map;
                default:
                    problems.Add(root.Place.Problem(
                        "", ConfigCode.WrongShape, $"Here is {root.Shape}; a configuration is keys such as 'http:'."));
                    return new RawMap(start);
            }
        }
        catch (YamlException e)
        {
            var message = e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}";
            problems.Add(new RawPlace(source, (int)e.Start.Line, (int)e.Start.Column)
                .Problem("", ConfigCode.Unreadable, $"This is not YAML: {message.ReplaceLineEndings(" ")}"));
            return new RawMap(start);
        }
    }

    static RawNode Convert(YamlNode node, string source, List<ConfigProblem> problems, int depth, ref int nodes)
    {
        var place = PlaceOf(node, source);
        if (depth > MaxDepth || ++nodes > MaxNodes)
        {
            if (nodes <= MaxNodes + 1)
            {
                problems.Add(
                    place.Problem("", ConfigCode.WrongShape, "The values are nested too deeply, or an alias contains itself."));
                nodes = MaxNodes + 1;
            }

            return new RawScalar(place, null);
        }

        switch (node)
        {
            case YamlScalarNode scalar:
                var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null" or "Null" or "NULL";
                return new RawScalar(place, isNull ? null : scalar.Value);

            case YamlSequenceNode sequence:
                var items = new List<RawNode>(sequence.Children.Count);
                foreach (var item in sequence.Children)
                {
                    items.Add(Convert(item, source, problems, depth + 1, ref nodes));
                }

                return new RawList(place, items);

            case YamlMappingNode mapping:
                var map = new RawMap(place);
                foreach (var (keyNode, valueNode) in mapping.Children)
                {
                    var keyPlace = PlaceOf(keyNode, source);
                    if (keyNode is YamlScalarNode { Value: { } key })
                    {
                        map.Set(key, keyPlace, Convert(valueNode, source, problems, depth + 1, ref nodes));
                    }
                    else
                    {
                        problems.Add(keyPlace.Problem("", ConfigCode.WrongShape, "A key must be a single word."));
                    }
                }

                return map;

            default:
                throw new YamlException(
                    node.Start, node.End, string.Create(CultureInfo.InvariantCulture, $"Unexpected {node.NodeType}."));
        }
    }

    static RawPlace PlaceOf(YamlNode node, string source) => new(source, (int)node.Start.Line, (int)node.Start.Column);
}
