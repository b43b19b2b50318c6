using System.IO.MemoryMappedFiles;

namespace Pipeline.Benchmarks.Machine;

/// <summary>
/// The memory of a virtual machine, of which the host takes back what lies free: the first write to each page then costs more than the work that is measured, and
/// whoever runs after a pause pays for it. On a machine of its own memory is there.
/// </summary>
static class HostMemory
{
    /// <summary>Writes to free memory, at most half of what there is, and frees it: the next seconds find it at hand.</summary>
    public static void Touch(long most)
    {
        var bytes = Math.Min(most, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        if (bytes == 0)
        {
            return;
        }

        using var memory = MemoryMappedFile.CreateNew(null, bytes);
        using var view = memory.CreateViewAccessor();
        for (var page = 0L; page < bytes; page += Environment.SystemPageSize)
        {
            view.Write(page, (byte)1);
        }
    }
}
