using Pipeline.Formats.Columns;

namespace Pipeline.Formats.Native;

/// <summary>A column of a block and its name.</summary>
public readonly record struct NamedColumn(string Name, Column Column);
