using System.IO.MemoryMappedFiles;

namespace NHibernate.Caches.Granular.Oracle.Rows;

/// <summary>
/// Numbers that everybody reads and writes one by one without a lock, so that nobody who dies in the middle leaves one behind: in memory of this
/// process, or in a file that several have mapped. Thread-safe as far as each number is.
/// </summary>
internal sealed unsafe class Words : IDisposable
{
    private readonly IDisposable[] _owned;
    private readonly long* _first;

    // Pinned, so it stays where it is; held, so it stays at all.
    private readonly long[]? _array;
    private readonly int _count;

    /// <summary>In this process alone.</summary>
    public Words(int count)
    {
        (_owned, _count, _array) = ([], count, GC.AllocateArray<long>(count, pinned: true));
        _first = (long*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0);
    }

    private Words(MemoryMappedFile file, int count)
    {
        var view = file.CreateViewAccessor(0, count * sizeof(long));
        (_owned, _count) = ([view, file], count);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _first = (long*)(start + view.PointerOffset);
    }

    public ref long this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count);
            return ref _first[index];
        }
    }

    /// <summary>In a new file, all of them zero.</summary>
    public static Words Create(string path, int count) => new(Map(path, FileMode.CreateNew, count), count);

    /// <summary>In a file that another process has made.</summary>
    public static Words Open(string path, int count) => new(Map(path, FileMode.Open, count), count);

    // On Windows nobody else could open it otherwise.
    private static MemoryMappedFile Map(string path, FileMode mode, int count) =>
        MemoryMappedFile.CreateFromFile(new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), null, count * sizeof(long), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);

    public void Dispose()
    {
        if (_owned is [MemoryMappedViewAccessor view, ..])
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        foreach (var owned in _owned)
            owned.Dispose();
    }
}
