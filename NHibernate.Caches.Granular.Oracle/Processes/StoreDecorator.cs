using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>A store that passes everything on to another one, in the form in which it was asked.</summary>
internal abstract class StoreDecorator(ICacheStore inner) : ICacheStore
{
    protected ICacheStore Inner => inner;

    public Sequence Current => inner.Current;

    public virtual ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => inner.Read(key, shapes, asOf);

    public virtual ValueTask<ReadResult> ReadAsync(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf, CancellationToken cancellationToken) =>
        inner.ReadAsync(key, shapes, asOf, cancellationToken);

    public EntryState Peek(EntryKey key) => inner.Peek(key);

    public virtual ReadResult[] ReadMany(IReadOnlyList<LookUp> lookUps, Sequence? asOf) => inner.ReadMany(lookUps, asOf);

    public virtual ValueTask<ReadResult[]> ReadManyAsync(IReadOnlyList<LookUp> lookUps, Sequence? asOf, CancellationToken cancellationToken) =>
        inner.ReadManyAsync(lookUps, asOf, cancellationToken);

    public virtual RejectedPutReason Put(EntryKey key, CacheEntry entry) => inner.Put(key, entry);

    public void Remove(EntryKey key) => inner.Remove(key);

    public bool TryLead(EntryKey key, Token token, TimeSpan lease) => inner.TryLead(key, token, lease);

    public ValueTask<bool> TryLeadAsync(EntryKey key, Token token, TimeSpan lease) => inner.TryLeadAsync(key, token, lease);

    public void EndLead(EntryKey key, Token token) => inner.EndLead(key, token);

    public ShapeList Shapes(IReadOnlyCollection<TableId> tables) => inner.Shapes(tables);

    public virtual AnnounceResult Announce(Announcement announcement) => inner.Announce(announcement);

    public virtual ValueTask<AnnounceResult> AnnounceAsync(Announcement announcement, CancellationToken cancellationToken) => inner.AnnounceAsync(announcement, cancellationToken);

    public virtual ImmutableArray<RejectedPutReason> Publish(Publication publication) => inner.Publish(publication);

    public virtual ValueTask<ImmutableArray<RejectedPutReason>> PublishAsync(Publication publication) => inner.PublishAsync(publication);

    public void Move(StampKey key) => inner.Move(key);

    public void Move(ShapeUse use) => inner.Move(use);
}
