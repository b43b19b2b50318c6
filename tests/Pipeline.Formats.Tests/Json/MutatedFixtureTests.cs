using Pipeline.Formats.Excel;
using Pipeline.Formats.Json;
using Pipeline.Formats.Records;

namespace Pipeline.Formats.Tests;

/// <summary>
/// Damaged at random (with a fixed seed), a file loads or is refused: no other exception, no endless restart, no wild memory.
/// </summary>
public sealed class MutatedFixtureTests
{
    [SkippableTheory]
    [InlineData(1, "json", "ndjson")]
    [InlineData(2, "xlsx", "xlsm", "xlsb")]
    [InlineData(3, "xls")]
    public async Task Fixtures_Mutated_EndCleanly(int seed, params string[] formats)
    {
        var files = Fixture.All(formats).Where(f => new FileInfo(f.FullPath).Length is > 0 and < 30_000).ToList();
        var random = new Random(seed);
        var outcomes = new HashSet<bool>();
        for (var run = 0; run < 400; run++)
        {
            var file = files[random.Next(files.Count)];
            var content = Mutate(file.Content, random);
            IFormat format = formats[0] == "json" ? new JsonFormat() : new ExcelFormat();
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                await ReadRows.AllAsync(format, content, new FormatOptions { BlockRows = 64 });
                outcomes.Add(true);
            }
            catch (BadFileException)
            {
                outcomes.Add(false);
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(300L << 20, $"{file.Path}, run {run}");
        }

        outcomes.Count.ShouldBe(2, "some mutations are harmless and some are not");
    }

    static byte[] Mutate(byte[] content, Random random)
    {
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            switch (random.Next(4))
            {
                case 0:
                    content[random.Next(content.Length)] = (byte)random.Next(256);
                    break;
                case 1:
                    content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    content = random.Next(3) == 0 ? content[..random.Next(1, content.Length + 1)] : content;
                    break;
                default:
                    var (from, to) = (random.Next(content.Length), random.Next(content.Length));
                    content.AsSpan(from, Math.Min(random.Next(64), content.Length - Math.Max(from,
                        to))).ToArray().CopyTo(content, to);
                    break;
            }
        }

        return content;
    }
}
