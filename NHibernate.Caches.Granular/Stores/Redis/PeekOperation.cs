using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// One look at an entry, step by step: first at the entry, then at the stamps that it depends on, which need not be on the same server. Not
/// thread-safe: belongs to one look.
/// </summary>
/// <param name="store">Where it is looked for.</param>
/// <param name="key">The entry's key in full.</param>
internal sealed class PeekOperation(RedisStore store, byte[] key)
{
    private ReadOnlyMemory<byte> _head;
    private TimeSpan _age;
    private TimeSpan _left;

    /// <summary>The answer, when there is nothing more to ask.</summary>
    public EntryState Result { get; private set; } = EntryState.Nothing(MissReason.Unavailable);

    public RedisCall First() => store.Calls.Peek(store.EntryKey(key));

    /// <returns>What to ask next; null when <see cref="Result"/> is known.</returns>
    public RedisCall? Next(RedisReply reply)
    {
        if (reply.IsOfStamps)
            return Judged(reply);
        if (reply.Status != "Found")
        {
            Result = EntryState.Nothing(Enum.Parse<MissReason>(reply.Status));
            return null;
        }
        var moments = reply.Text(1).Split(' ');
        (_head, _age, _left) = (reply.Bytes(0), Milliseconds(moments[0]), Milliseconds(moments[1]));
        return store.Calls.Verdict([(_head, reply.Status)], store.Shapes.Known, null, []);
    }

    private RedisCall? Judged(RedisReply reply)
    {
        store.Learn(reply, [], "");
        Result = StateOf(Enum.Parse<MissReason>(reply.Text(1)));
        return null;
    }

    private EntryState StateOf(MissReason reason)
    {
        try
        {
            var (sequence, stamps) = EntryEnvelope.DependenciesOf(_head);
            return new EntryState(reason, _age, _left, store.FirstKnown(sequence), stamps);
        }
        catch (PayloadException)
        {
            return EntryState.Nothing(MissReason.Foreign);
        }
    }

    private static TimeSpan Milliseconds(string digits) => TimeSpan.FromMilliseconds(long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture));
}
