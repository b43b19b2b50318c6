using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using CsvHelper;
using Pipeline.Formats;
using Pipeline.Formats.Columns;
using Pipeline.Formats.Delimited;
using Pipeline.Formats.Json;
using Pipeline.Formats.Native;
using Pipeline.Formats.Records;
using Pipeline.Formats.Typing;
using Pipeline.TestKit.Generators;

namespace Pipeline.Benchmarks.Micro;

/// <summary>Finding the fields of the wide table's CSV: 50,000 rows, 5.9 MB.</summary>
public class RecordCutterBenchmark
{
    const int Rows = 50_000;
    readonly MemoryStream _content = new();
    FieldBlock _block = null!;

    [GlobalSetup]
    public void Setup()
    {
        WideTable.Write(_content, Rows);
        _block = FieldBlock.Create(WideTable.Columns.Count, FormatOptions.Default);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public long CsvHelperSpans()
    {
        using var reader = CsvReader.Create(
            _content.GetBuffer().AsMemory(0, (int)_content.Length), new CsvReaderOptions { HasHeader = true, TrackLineNumbers = true });
        long bytes = 0;
        while (reader.Read())
        {
            for (var i = 0; i < WideTable.Columns.Count; i++)
            {
                bytes += reader.GetSpan(i).Length;
            }
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public async Task<long> Ours()
    {
        _content.Position = 0;
        await using var reader = await new DelimitedFormat().OpenAsync(_content, FormatOptions.Default, CancellationToken.None);
        long fields = 0;
        while (await reader.ReadAsync(_block, CancellationToken.None))
        {
            fields += _block.RowCount * _block.ColumnCount;
        }

        return fields;
    }
}

/// <summary>Reading nested NDJSON into blocks: 50,000 rows, 14.6 MB.</summary>
public class JsonReaderBenchmark
{
    const int Rows = 50_000;
    readonly MemoryStream _content = new();
    FieldBlock _block = null!;

    [GlobalSetup]
    public void Setup()
    {
        NestedNdjson.Write(_content, Rows);
        _block = FieldBlock.Create(NestedNdjson.Columns.Count, FormatOptions.Default);
    }

    /// <summary>Every token, and nothing done with it.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public long Utf8JsonTokens()
    {
        var reader = new Utf8JsonReader(
            _content.GetBuffer().AsSpan(0, (int)_content.Length), new JsonReaderOptions { AllowMultipleValues = true });
        long bytes = 0;
        while (reader.Read())
        {
            bytes += reader.ValueSpan.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public Task<long> Twin() => ReadAsync(ordinary: false);

    [Benchmark(OperationsPerInvoke = Rows)]
    public Task<long> Ours() => ReadAsync(ordinary: true);

    async Task<long> ReadAsync(bool ordinary)
    {
        _content.Position = 0;
        await using var reader = (JsonRecordReader)await new JsonFormat().OpenAsync(_content, FormatOptions.Default, CancellationToken.None);
        reader.ReadsOrdinaryRecords = ordinary;
        long fields = 0;
        while (await reader.ReadAsync(_block, CancellationToken.None))
        {
            fields += _block.RowCount * _block.ColumnCount;
        }

        return fields;
    }
}

/// <summary>Typing one block of nested NDJSON: texts, moments, numbers, an array of texts.</summary>
public class JsonTyperBenchmark
{
    readonly FieldBlock _block = FieldBlock.Create(NestedNdjson.Columns.Count, FormatOptions.Default);
    RowTyper _typer = null!;
    ColumnBatch _batch = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        using var content = new MemoryStream();
        NestedNdjson.Write(content, 20_000);
        content.Position = 0;
        await using var reader = await new JsonFormat().OpenAsync(content, FormatOptions.Default, CancellationToken.None);
        await reader.ReadAsync(_block, CancellationToken.None);
        var profile = new TableProfile(reader.ColumnNames);
        profile.Observe(_block);
        _typer = new RowTyper([.. profile.Infer().Select((inferred, i) => ColumnPlan.Of(reader.ColumnNames[i], inferred, i))]);
        _batch = _typer.CreateBatch();
    }

    [Benchmark]
    public int Type()
    {
        _batch.Clear();
        _typer.Append(_block, _batch, Refusing.Instance);
        return _batch.RowCount;
    }
}

/// <summary>Typing one block of the wide table, and writing it as a Native block; the twin copies the bytes of the text.</summary>
public class TyperAndWriterBenchmark
{
    readonly FieldBlock _block = FieldBlock.Create(WideTable.Columns.Count, FormatOptions.Default);
    readonly ArrayBufferWriter<byte> _output = new(8 << 20);
    RowTyper _typer = null!;
    ColumnBatch _batch = null!;
    ColumnBatch _filled = null!;
    byte[] _copy = [];

    [GlobalSetup]
    public async Task Setup()
    {
        using var content = new MemoryStream();
        WideTable.Write(content, 20_000);
        content.Position = 0;
        await using var reader = await new DelimitedFormat().OpenAsync(content, FormatOptions.Default, CancellationToken.None);
        await reader.ReadAsync(_block, CancellationToken.None);
        var profile = new TableProfile(reader.ColumnNames);
        profile.Observe(_block);
        _typer = new RowTyper([.. profile.Infer().Select((inferred, i) => ColumnPlan.Of(reader.ColumnNames[i], inferred, i))]);
        _batch = _typer.CreateBatch();
        _filled = _typer.CreateBatch();
        _typer.Append(_block, _filled, Refusing.Instance);
        _copy = new byte[_block.Text.Length];
    }

    [Benchmark(Baseline = true)]
    public int CopyText()
    {
        _block.Text.CopyTo(_copy, 0);
        return _copy[0];
    }

    [Benchmark]
    public int Type()
    {
        _batch.Clear();
        _typer.Append(_block, _batch, Refusing.Instance);
        return _batch.RowCount;
    }

    [Benchmark]
    public int WriteNative()
    {
        _output.ResetWrittenCount();
        NativeBlockWriter.Write(_output, NativeBlockWriter.Columns(_filled));
        return _output.WrittenCount;
    }
}

sealed class Refusing : IRejectSink
{
    public static Refusing Instance { get; } = new();

    public void Add(RejectedRow row) => throw new InvalidOperationException(row.Message);
}

/// <summary>The content hash of a file: pieces of 1 MiB as they are read, beside one call over all of it.</summary>
public class HashBenchmark
{
    const int Piece = 1 << 20;
    readonly byte[] _content = new byte[32 * Piece];

    [Benchmark(Baseline = true)]
    public byte[] WholeSha256() => SHA256.HashData(_content);

    [Benchmark]
    public byte[] PiecewiseSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var at = 0; at < _content.Length; at += Piece)
        {
            hash.AppendData(_content, at, Piece);
        }

        return hash.GetHashAndReset();
    }
}
