using System.Collections;

namespace NHibernate.Caches.Granular.Oracle.Rows;

/// <summary>A row as one transaction leaves it. Thread-safe: immutable.</summary>
/// <param name="Rev">Greater than that of every change of the row that committed before.</param>
/// <param name="Exists">False: deleted.</param>
/// <param name="Shelf">The shelf it is in; 0 for none.</param>
/// <param name="Tags">One bit per tag; <see cref="UnknownTags"/> when the writer cannot tell.</param>
internal readonly record struct RowState(long Rev, bool Exists = true, int Shelf = 0, int Tags = 0)
{
    public const int UnknownTags = -1;

    private const long Used = 1;
    private const long Observed = 2;
    private const long Existing = 4;
    private const int ShelfAt = 3;
    private const int TagsAt = 7;
    private const int OriginAt = 12;
    private const int RevAt = 17;

    /// <summary>All of it in one number other than 0, with the number of the process that wrote it, 31 at most.</summary>
    public long ToWord(int origin) => Used | (Exists ? Existing : 0) | ((long)Shelf << ShelfAt) | ((long)(Tags + 1) << TagsAt) | ((long)origin << OriginAt) | (Rev << RevAt);

    public static RowState Of(long word) => new(RevOf(word), (word & Existing) != 0, (int)(word >> ShelfAt & 15), (int)(word >> TagsAt & 31) - 1);

    public static long RevOf(long word) => word >> RevAt;

    public static int OriginOf(long word) => (int)(word >> OriginAt & 31);

    /// <summary>Whether a reader has seen it: then it must have been committed.</summary>
    public static bool IsObserved(long word) => (word & Observed) != 0;

    public static long AsObserved(long word) => word | Observed;

    public override string ToString() => Exists ? $"{Rev} on shelf {Shelf} with tags {Tags}" : $"{Rev} deleted";
}

/// <summary>The states of one row, in no order; gone through without allocating. Thread-safe.</summary>
internal readonly struct RowStates(Words words, int first, int count) : IEnumerable<RowState>
{
    public Enumerator GetEnumerator() => new(words, first, count);

    IEnumerator<RowState> IEnumerable<RowState>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public struct Enumerator(Words words, int first, int count) : IEnumerator<RowState>
    {
        private readonly int _end = first + count;
        private int _next = first;

        /// <summary>The state as it is kept.</summary>
        public long Word { get; private set; }

        public readonly RowState Current => RowState.Of(Word);

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            while (_next < _end)
            {
                Word = Volatile.Read(ref words[_next++]);
                if (Word != 0)
                    return true;
            }
            return false;
        }

        public readonly void Reset() => throw new NotSupportedException();

        public readonly void Dispose()
        {
        }
    }
}
