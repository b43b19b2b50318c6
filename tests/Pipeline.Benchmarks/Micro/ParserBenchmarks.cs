using System.Buffers.Text;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using Pipeline.Formats.Typing;

namespace Pipeline.Benchmarks.Micro;

/// <summary>16,384 integers of 1 to 19 digits.</summary>
public class IntegerParserBenchmark
{
    [Benchmark(Baseline = true, OperationsPerInvoke = Texts.Count)]
    public long Utf8Parser()
    {
        var texts = Texts.Integers;
        long sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = System.Buffers.Text.Utf8Parser.TryParse(texts[i], out long value, out _);
            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Texts.Count)]
    public long Ours()
    {
        var texts = Texts.Integers;
        var parser = default(Int64Parser<long>);
        long sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = parser.TryParse(in texts.Bytes[texts.Starts[i]], texts.Lengths[i], out var value);
            sum += value;
        }

        return sum;
    }
}

/// <summary>16,384 amounts with two decimals, as 64-bit decimals of scale 2.</summary>
public class DecimalParserBenchmark
{
    [Benchmark(Baseline = true, OperationsPerInvoke = Texts.Count)]
    public decimal Utf8Parser()
    {
        var texts = Texts.Amounts;
        decimal sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = System.Buffers.Text.Utf8Parser.TryParse(texts[i], out decimal value, out _);
            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Texts.Count)]
    public long Ours()
    {
        var texts = Texts.Amounts;
        var parser = new Decimal64Parser<long>(18, 2);
        long sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = parser.TryParse(in texts.Bytes[texts.Starts[i]], texts.Lengths[i], out var value);
            sum += value;
        }

        return sum;
    }
}

/// <summary>16,384 short doubles.</summary>
public class FloatParserBenchmark
{
    [Benchmark(Baseline = true, OperationsPerInvoke = Texts.Count)]
    public double DoubleParse()
    {
        var texts = Texts.Floats;
        double sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Texts.Count)]
    public double Ours()
    {
        var texts = Texts.Floats;
        var parser = default(DoubleParser);
        double sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = parser.TryParse(in texts.Bytes[texts.Starts[i]], texts.Lengths[i], out var value);
            sum += value;
        }

        return sum;
    }
}

/// <summary>16,384 UUIDs with hyphens.</summary>
public class UuidParserBenchmark
{
    [Benchmark(Baseline = true, OperationsPerInvoke = Texts.Count)]
    public int Utf8Parser()
    {
        var texts = Texts.Uuids;
        var sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = System.Buffers.Text.Utf8Parser.TryParse(texts[i], out Guid value, out _);
            sum += value.GetHashCode();
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Texts.Count)]
    public int Ours()
    {
        var texts = Texts.Uuids;
        var parser = default(UuidParser);
        var sum = 0;
        for (var i = 0; i < Texts.Count; i++)
        {
            _ = parser.TryParse(in texts.Bytes[texts.Starts[i]], texts.Lengths[i], out var value);
            sum += value.GetHashCode();
        }

        return sum;
    }
}
