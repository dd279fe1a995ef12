using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>A store that passes everything on to another one, in the synchronous form, and look-ups that are made together one by one.</summary>
internal abstract class StoreDecorator(ICacheStore inner) : ICacheStore
{
    protected ICacheStore Inner => inner;

    public Sequence Current => inner.Current;

    public virtual ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => inner.Read(key, shapes, asOf);

    public EntryState Peek(EntryKey key) => inner.Peek(key);

    public virtual RejectedPutReason Put(EntryKey key, CacheEntry entry) => inner.Put(key, entry);

    public virtual void Remove(EntryKey key) => inner.Remove(key);

    public virtual bool TryLead(EntryKey key, Token token, TimeSpan lease) => inner.TryLead(key, token, lease);

    public ValueTask<bool> TryLeadAsync(EntryKey key, Token token, TimeSpan lease) => inner.TryLeadAsync(key, token, lease);

    public virtual void EndLead(EntryKey key, Token token) => inner.EndLead(key, token);

    public virtual ShapeList Shapes(IReadOnlyCollection<TableId> tables) => inner.Shapes(tables);

    public virtual AnnounceResult Announce(Announcement announcement) => inner.Announce(announcement);

    public virtual ImmutableArray<RejectedPutReason> Publish(Publication publication) => inner.Publish(publication);

    public void Move(StampKey key) => inner.Move(key);

    public void Move(ShapeUse use) => inner.Move(use);
}

/// <summary>Remembers what was put last.</summary>
internal sealed class RecordingStore(ICacheStore inner) : StoreDecorator(inner)
{
    public CacheEntry? LastPut { get; private set; }

    public override RejectedPutReason Put(EntryKey key, CacheEntry entry)
    {
        LastPut = entry;
        return Inner.Put(key, entry);
    }
}
