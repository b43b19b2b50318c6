namespace Pipeline.Daemon.Cli;

/// <summary>Colour for eyes on a terminal; nothing at all in a pipe.</summary>
sealed class Ink(bool isTerminal)
{
    public string Good(string text) => Paint("32", text);

    public string Warn(string text) => Paint("33", text);

    public string Bad(string text) => Paint("31", text);

    /// <summary>What labels other things.</summary>
    public string Faint(string text) => Paint("2", text);

    string Paint(string code, string text) => isTerminal ? $"\e[{code}m{text}\e[0m" : text;
}
