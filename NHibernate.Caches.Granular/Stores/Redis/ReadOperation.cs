using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// One look-up, step by step: what to ask next, and what the answers mean. Mostly it is one call; two where entries are kept on other servers of
/// a cluster than their stamps, or where the stamps have begun a new generation. Not thread-safe: belongs to one look-up.
/// </summary>
/// <param name="store">What the look-up is made in.</param>
/// <param name="key">The entry's key in full.</param>
/// <param name="shapes">The shapes of the query.</param>
/// <param name="asOf">The reader's snapshot in this process's terms.</param>
internal sealed class ReadOperation(RedisStore store, byte[] key, ImmutableArray<Shape> shapes, Sequence? asOf)
{
    private const int MaxAttempts = 4;

    private readonly RemoteSequence? _asOf = asOf is { } moment ? store.KnownAt(moment) ?? new RemoteSequence("", 0) : null;
    private IReadOnlyList<Shape> _asked = [];
    private byte[]? _fetched;
    private ReadOnlyMemory<byte> _head;
    private string? _fetching;
    private int _attempts;

    public RedisKey EntryName { get; } = store.EntryKey(key);

    /// <summary>The answer, when there is nothing more to ask.</summary>
    public ReadResult Result { get; private set; }

    public RedisCall First() => store.IsSpread ? store.Calls.Fetch(EntryName) : Ask(store.Shapes.Missing(shapes));

    /// <returns>What to ask next; null when <see cref="Result"/> is known.</returns>
    public RedisCall? Next(RedisReply reply)
    {
        if (!reply.IsOfStamps)
        {
            Fetched(reply);
            return Ask(store.Shapes.Missing(shapes));
        }
        var answers = reply.Count > 0 ? reply.Text(0) : "";
        store.Learn(reply, _asked, answers);
        if (reply.Status == nameof(MissReason.None))
            return Hit(_fetched ?? reply.Bytes(1));
        // The stamps' generation, or life, is another one than this process knew; or shapes must be registered that stand in for others.
        var missing = store.Shapes.Missing(shapes);
        if ((reply.Status == "Shapes" || missing.Count > 0) && ++_attempts < MaxAttempts)
            return Ask(missing);
        return Miss(Enum.Parse<MissReason>(reply.Status == "Shapes" ? nameof(MissReason.NotFound) : reply.Status));
    }

    private void Fetched(RedisReply reply)
    {
        (_fetching, _fetched) = (reply.Status, null);
        if (reply.Status != "Found")
            return;
        try
        {
            _fetched = reply.Bytes(0);
            _head = EntryEnvelope.Head(_fetched);
        }
        catch (PayloadException)
        {
            (_fetching, _fetched) = (nameof(MissReason.Foreign), null);
        }
    }

    private RedisCall Ask(IReadOnlyList<Shape> missing)
    {
        _asked = missing;
        var known = store.Shapes.Known;
        return _fetching is null
            ? store.Calls.Read(EntryName, known, _asOf, missing)
            : store.Calls.Verdict(_head, _fetching, known, _asOf, missing);
    }

    private RedisCall? Hit(byte[] entry)
    {
        try
        {
            if (EntryEnvelope.PayloadOf(entry, key) is { } payload)
            {
                Result = new ReadResult(store.Decode(payload), MissReason.None, Moment);
                return null;
            }
            return Miss(MissReason.NotFound);
        }
        catch (PayloadException)
        {
            return Miss(MissReason.Foreign);
        }
    }

    private RedisCall? Miss(MissReason reason)
    {
        Result = new ReadResult(null, reason, Moment);
        return null;
    }

    // What a snapshot transaction reads is as old as its snapshot, whenever it reads it.
    private Sequence Moment => asOf ?? store.Current;
}
