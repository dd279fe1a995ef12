using NHibernate.Event;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>Writes entity and collection events. Thread-safe: stateless.</summary>
internal sealed class RecordingListener :
    IPostLoadEventListener, IPreUpdateEventListener, IPreDeleteEventListener,
    IPostInsertEventListener, IPostUpdateEventListener, IPostDeleteEventListener,
    IPreCollectionRecreateEventListener, IPostCollectionRecreateEventListener, IPostCollectionUpdateEventListener, IPostCollectionRemoveEventListener
{
    private readonly string _prefix;

    private RecordingListener(string prefix) => _prefix = prefix;

    /// <summary>Told of every event of an executed action or a load.</summary>
    public static Action<object>? OnEvent { get; set; }

    /// <summary>Told of every event of a committed action.</summary>
    public static Action<object>? OnCommitted { get; set; }

    public static void AppendTo(EventListeners listeners)
    {
        var listener = new RecordingListener("Post");
        var committed = new RecordingListener("PostCommit");
        listeners.PostLoadEventListeners = [.. listeners.PostLoadEventListeners, listener];
        listeners.PreUpdateEventListeners = [.. listeners.PreUpdateEventListeners, listener];
        listeners.PreDeleteEventListeners = [.. listeners.PreDeleteEventListeners, listener];
        listeners.PostInsertEventListeners = [.. listeners.PostInsertEventListeners, listener];
        listeners.PostUpdateEventListeners = [.. listeners.PostUpdateEventListeners, listener];
        listeners.PostDeleteEventListeners = [.. listeners.PostDeleteEventListeners, listener];
        listeners.PostCommitInsertEventListeners = [.. listeners.PostCommitInsertEventListeners, committed];
        listeners.PostCommitUpdateEventListeners = [.. listeners.PostCommitUpdateEventListeners, committed];
        listeners.PostCommitDeleteEventListeners = [.. listeners.PostCommitDeleteEventListeners, committed];
        listeners.PreCollectionRecreateEventListeners = [.. listeners.PreCollectionRecreateEventListeners, listener];
        listeners.PostCollectionRecreateEventListeners = [.. listeners.PostCollectionRecreateEventListeners, listener];
        listeners.PostCollectionUpdateEventListeners = [.. listeners.PostCollectionUpdateEventListeners, listener];
        listeners.PostCollectionRemoveEventListeners = [.. listeners.PostCollectionRemoveEventListeners, listener];
    }

    public void OnPostLoad(PostLoadEvent @event) => Write("PostLoad", @event.Persister.EntityName, @event.Id, @event);

    public bool OnPreUpdate(PreUpdateEvent @event)
    {
        Write("PreUpdate", @event.Persister.EntityName, @event.Id, @event);
        return false;
    }

    public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreUpdate(@event));

    public bool OnPreDelete(PreDeleteEvent @event)
    {
        Write("PreDelete", @event.Persister.EntityName, @event.Id, @event);
        return false;
    }

    public Task<bool> OnPreDeleteAsync(PreDeleteEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreDelete(@event));

    public void OnPostInsert(PostInsertEvent @event) => Write(_prefix + "Insert", @event.Persister.EntityName, @event.Id, @event);

    public Task OnPostInsertAsync(PostInsertEvent @event, CancellationToken cancellationToken) => Done(() => OnPostInsert(@event));

    public void OnPostUpdate(PostUpdateEvent @event) => Write(_prefix + "Update", @event.Persister.EntityName, @event.Id, @event);

    public Task OnPostUpdateAsync(PostUpdateEvent @event, CancellationToken cancellationToken) => Done(() => OnPostUpdate(@event));

    public void OnPostDelete(PostDeleteEvent @event) => Write(_prefix + "Delete", @event.Persister.EntityName, @event.Id, @event);

    public Task OnPostDeleteAsync(PostDeleteEvent @event, CancellationToken cancellationToken) => Done(() => OnPostDelete(@event));

    public void OnPreRecreateCollection(PreCollectionRecreateEvent @event) => Write("PreRecreate", "role " + @event.Collection.Role, null, @event);

    public Task OnPreRecreateCollectionAsync(PreCollectionRecreateEvent @event, CancellationToken cancellationToken) => Done(() => OnPreRecreateCollection(@event));

    public void OnPostRecreateCollection(PostCollectionRecreateEvent @event) => Write("PostRecreate", "role " + @event.Collection.Role, null, @event);

    public Task OnPostRecreateCollectionAsync(PostCollectionRecreateEvent @event, CancellationToken cancellationToken) => Done(() => OnPostRecreateCollection(@event));

    public void OnPostUpdateCollection(PostCollectionUpdateEvent @event) => Write("PostCollectionUpdate", @event.Collection.Role, null, @event);

    public Task OnPostUpdateCollectionAsync(PostCollectionUpdateEvent @event, CancellationToken cancellationToken) => Done(() => OnPostUpdateCollection(@event));

    public void OnPostRemoveCollection(PostCollectionRemoveEvent @event) => Write("PostCollectionRemove", @event.Collection?.Role ?? "", null, @event);

    public Task OnPostRemoveCollectionAsync(PostCollectionRemoveEvent @event, CancellationToken cancellationToken) => Done(() => OnPostRemoveCollection(@event));

    private void Write(string what, string name, object? id, object @event)
    {
        var shortName = name[(name.LastIndexOf('.') + 1)..];
        Journal.Write(id is null ? $"{what} {shortName}".TrimEnd() : $"{what} {shortName}#{id}", @event);
        (_prefix == "Post" ? OnEvent : OnCommitted)?.Invoke(@event);
    }

    private static Task Done(System.Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
