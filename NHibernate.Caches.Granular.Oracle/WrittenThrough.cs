using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Oracle.Processes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>Counts what is written through in one process, and how often that is found. Thread-safe.</summary>
internal sealed class WrittenThrough
{
    private long _puts;
    private long _hits;

    public long Puts => Interlocked.Read(ref _puts);

    public long Hits => Interlocked.Read(ref _hits);

    public void Watch(ISessionFactory factory)
    {
        using var session = factory.OpenSession();
        StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!.Decorate(store => new Store(store, this));
    }

    private sealed record Marked(object Payload);

    /// <summary>Marks what is written through. Payloads are kept as they are in one process, and nobody else sees them.</summary>
    private sealed class Store(ICacheStore inner, WrittenThrough counts) : MarkingStore(inner)
    {
        public override ImmutableArray<RejectedPutReason> Publish(Publication publication) => Count(base.Publish(WithMarks(publication)));

        public override async ValueTask<ImmutableArray<RejectedPutReason>> PublishAsync(Publication publication) => Count(await base.PublishAsync(WithMarks(publication)));

        private static Publication WithMarks(Publication publication) =>
            publication with { Written = [.. publication.Written.Select(written => written with { Entry = written.Entry with { Payload = new Marked(written.Entry.Payload) } })] };

        private ImmutableArray<RejectedPutReason> Count(ImmutableArray<RejectedPutReason> rejected)
        {
            Interlocked.Add(ref counts._puts, rejected.Count(reason => reason == RejectedPutReason.None));
            return rejected;
        }

        protected override ReadResult Unmarked(ReadResult result)
        {
            if (result.Entry is not { Payload: Marked marked } entry)
                return result;
            Interlocked.Increment(ref counts._hits);
            return result with { Entry = entry with { Payload = marked.Payload } };
        }
    }
}
