namespace Pipeline.Columnar;

/// <summary>The engine was lost while it read a file: nothing is known about the file yet, it is to be read once more.</summary>
public sealed class ReadInterruptedException(string message, Exception inner) : Exception(message, inner);
