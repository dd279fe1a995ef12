using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Oracle.Processes;

/// <summary>A store that puts a mark on what it passes on, and takes it off whatever way it is read.</summary>
internal abstract class MarkingStore(ICacheStore inner) : StoreDecorator(inner)
{
    public override ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf) => Unmarked(base.Read(key, shapes, asOf));

    public override async ValueTask<ReadResult> ReadAsync(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf, CancellationToken cancellationToken) =>
        Unmarked(await base.ReadAsync(key, shapes, asOf, cancellationToken));

    public override ReadResult[] ReadMany(IReadOnlyList<LookUp> lookUps, Sequence? asOf) => Array.ConvertAll(base.ReadMany(lookUps, asOf), Unmarked);

    public override async ValueTask<ReadResult[]> ReadManyAsync(IReadOnlyList<LookUp> lookUps, Sequence? asOf, CancellationToken cancellationToken) =>
        Array.ConvertAll(await base.ReadManyAsync(lookUps, asOf, cancellationToken), Unmarked);

    /// <summary>The answer without the mark; one without an entry, or whose entry has none, as it is.</summary>
    protected abstract ReadResult Unmarked(ReadResult result);
}
