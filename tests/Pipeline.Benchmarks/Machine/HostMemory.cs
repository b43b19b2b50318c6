using System.Runtime.InteropServices;

namespace Pipeline.Benchmarks.Machine;

/// <summary>
/// The memory of a virtual machine, of which the host takes back what lies free: the first write to each page then costs more than the work that is measured, and
/// whoever runs after a pause pays for it. On a machine of its own memory is there.
/// It holds for two seconds; then the host takes it back, and its disk answers late meanwhile (docs/benchmarks.md): where a load of one second is compared with one of
/// two, nothing is touched.
/// </summary>
static unsafe partial class HostMemory
{
    /// <summary>Bytes of a huge page of x86-64, in which a host gives and takes memory.</summary>
    const int HugePageBytes = 2 * 1024 * 1024;

    /// <summary>MADV_HUGEPAGE: a fault for each huge page; where the hypervisor keeps page tables in software, one for each small page takes 11 µs.</summary>
    const int AskForHugePages = 14;

    /// <summary>Writes to free memory, at most half of what there is, and frees it: the next seconds find it at hand.</summary>
    public static void Touch(long most)
    {
        var bytes = (nuint)Math.Min(most, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        if (bytes == 0)
        {
            return;
        }

        var memory = (byte*)NativeMemory.AlignedAlloc(bytes, HugePageBytes);
        try
        {
            // Where it is refused, pages are small and touching them takes longer: nothing else depends on it.
            _ = Advise(memory, bytes, AskForHugePages);
            for (var page = memory; page < memory + bytes; page += Environment.SystemPageSize)
            {
                *page = 1;
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
