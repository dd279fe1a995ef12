using System.Collections.Concurrent;

namespace NHibernate.Caches.Granular.Stores.InProcess;

/// <summary>Who has the lead in loading which entry of a store. Thread-safe.</summary>
/// <param name="time">Whose monotonic timestamps leases run on.</param>
internal sealed class EntryLeads(TimeProvider time)
{
    private readonly ConcurrentDictionary<EntryKey, Lead> _leads = new();
    private readonly MonotonicClock _clock = new(time);

    public bool TryTake(EntryKey key, Token token, TimeSpan lease)
    {
        var now = _clock.Now;
        var wanted = new Lead(token, now + _clock.Ticks(lease));
        return _leads.AddOrUpdate(key, wanted, (_, held) => now < held.EndsAt ? held : wanted) == wanted;
    }

    public void Leave(EntryKey key, Token token)
    {
        if (_leads.TryGetValue(key, out var held) && held.Token == token)
            _leads.TryRemove(KeyValuePair.Create(key, held));
    }

    private readonly record struct Lead(Token Token, long EndsAt);
}
