namespace Pipeline.TestKit.Generators;

/// <summary>
/// xorshift64*: the same numbers for the same seed on every machine and every version of .NET, which <see cref="Random"/> does
/// not promise. Not for secrets.
/// </summary>
public struct Xorshift
{
    ulong _state;

    /// <param name="seed">Any value; neighbouring seeds give unrelated sequences.</param>
    public Xorshift(ulong seed)
    {
        // One step of splitmix64 spreads small seeds; the state of a xorshift must never be zero.
        var z = seed + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        _state = (z ^ (z >> 31)) | 1;
    }

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }

    /// <summary>A number in [0, <paramref name="bound"/>). The bias is below bound / 2⁶⁴.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>True once in <paramref name="n"/> calls, on average.</summary>
    public bool OneIn(int n) => Below(n) == 0;
}
