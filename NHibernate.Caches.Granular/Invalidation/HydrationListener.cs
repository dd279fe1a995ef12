using NHibernate.Event;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>Takes down what was read before any listener of the user's can change it. Thread-safe: stateless.</summary>
internal sealed class HydrationListener : IPreLoadEventListener
{
    public void OnPreLoad(PreLoadEvent @event) => StatementWitness.WatchOf(@event.Session)?.Initializing(@event.Entity, @event.State, @event.Persister);

    public Task OnPreLoadAsync(PreLoadEvent @event, CancellationToken cancellationToken)
    {
        OnPreLoad(@event);
        return Task.CompletedTask;
    }
}
