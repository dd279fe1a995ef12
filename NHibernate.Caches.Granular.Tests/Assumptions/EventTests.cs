using NHibernate.Caches.Granular.Tests.Assumptions.Recording;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Engine;
using NHibernate.Event;
using NHibernate.Impl;

namespace NHibernate.Caches.Granular.Tests.Assumptions;

/// <summary>What the flush listener knows of a row: which events come when, with which arrays.</summary>
public sealed class EventTests : AssumptionFixture
{
    [Test]
    public void Load_from_the_database_raises_PostLoad_with_the_loaded_state_in_place()
    {
        object?[]? state = null;
        RecordingListener.OnEvent = @event => state = ((PostLoadEvent)@event).Session.PersistenceContext.GetEntry(((PostLoadEvent)@event).Entity)?.LoadedState;
        using var session = Factory.OpenSession();
        var cat = session.Get<Cat>(1);
        Assert.That(state, Is.Not.Null.And.SameAs(Entry(session, cat).LoadedState));
        Assert.That(state, Has.Member("A"));
    }

    [Test]
    public void Load_from_the_second_level_cache_raises_PostLoad_with_the_loaded_state_in_place()
    {
        Commit(session => session.Get<Cat>(1));
        Journal.Clear();
        object?[]? state = null;
        RecordingListener.OnEvent = @event => state = ((PostLoadEvent)@event).Session.PersistenceContext.GetEntry(((PostLoadEvent)@event).Entity)?.LoadedState;
        using var session = Factory.OpenSession();
        var cat = session.Get<Cat>(1);
        Assert.That(Journal.Of("ExecuteReader"), Is.Empty, "it came from the cache");
        Assert.That(state, Is.Not.Null.And.SameAs(Entry(session, cat).LoadedState));
        Assert.That(state, Has.Member("A"));
    }

    [Test]
    public void Query_raises_PostLoad_for_every_entity_it_hydrates_with_the_loaded_state_in_place()
    {
        var states = new List<object?[]?>();
        RecordingListener.OnEvent = @event => states.Add(((PostLoadEvent)@event).Session.PersistenceContext.GetEntry(((PostLoadEvent)@event).Entity)?.LoadedState);
        using var session = Factory.OpenSession();
        var cats = session.CreateQuery("from Cat").List<Cat>();
        Assert.That(states, Is.EquivalentTo(cats.Select(cat => Entry(session, cat).LoadedState)));
        Assert.That(states, Has.Count.EqualTo(2).And.No.Null);
    }

    [Test]
    public void Old_state_of_a_PreUpdateEvent_is_the_array_that_was_there_at_PostLoad()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var cat = session.Get<Cat>(1);
        var loaded = Entry(session, cat).LoadedState;
        cat.Title = "changed";
        session.Flush();
        Assert.That(Journal.All<PreUpdateEvent>().Single().OldState, Is.SameAs(loaded));
        Assert.That(loaded, Has.Member("A"), "a flush does not write into it");
    }

    [Test]
    public void State_of_a_PostUpdateEvent_is_the_new_loaded_state_of_the_entry()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        var cat = session.Get<Cat>(1);
        object?[]? atEvent = null;
        RecordingListener.OnEvent = @event =>
        {
            if (@event is PostUpdateEvent)
                atEvent = Entry(session, cat).LoadedState;
        };
        cat.Title = "changed";
        session.Flush();
        Assert.That(Journal.All<PostUpdateEvent>().Single().State, Is.SameAs(Entry(session, cat).LoadedState).And.SameAs(atEvent));
    }

    [Test]
    public void Read_only_entity_has_no_loaded_state_at_PostLoad_and_gets_one_from_memory_when_made_writable()
    {
        using var session = Factory.OpenSession();
        session.DefaultReadOnly = true;
        var cat = session.Get<Cat>(1);
        Assert.That(Entry(session, cat).LoadedState, Is.Null);
        cat.Title = "in memory";
        session.SetReadOnly(cat, false);
        Assert.That(Entry(session, cat).LoadedState, Has.Member("in memory"));
    }

    [Test]
    public void Making_an_entity_read_only_and_writable_again_replaces_its_loaded_state()
    {
        using var session = Factory.OpenSession();
        var cat = session.Get<Cat>(1);
        var loaded = Entry(session, cat).LoadedState;
        session.SetReadOnly(cat, true);
        cat.Title = "in memory";
        session.SetReadOnly(cat, false);
        Assert.That(Entry(session, cat).LoadedState, Is.Not.SameAs(loaded));
        Assert.That(Entry(session, cat).LoadedState, Has.Member("in memory"));
    }

    [Test]
    public void Lock_without_lock_mode_attaches_without_PostLoad()
    {
        using var session = Factory.OpenSession();
        var comment = new Comment { Id = 1, Version = 1, Text = "in memory" };
        session.Lock(comment, LockMode.None);
        Assert.That(Journal.Of("PostLoad"), Is.Empty);
        Assert.That(Entry(session, comment).LoadedState, Has.Member("in memory"));
    }

    [Test]
    public void Delete_of_a_stub_raises_PreDelete_without_PostLoad()
    {
        Commit(session => session.Delete(new Cat { Id = 2 }));
        Assert.That(Journal.Of("PostLoad", "PreDelete"), Is.EqualTo(new[] { "PreDelete Cat#2" }));
    }

    [Test]
    public void Entry_of_a_deleted_stub_has_a_loaded_state_that_was_never_loaded()
    {
        object?[]? state = null;
        RecordingListener.OnEvent = @event =>
        {
            if (@event is PreDeleteEvent delete)
                state = delete.Session.PersistenceContext.GetEntry(delete.Entity).LoadedState;
        };
        Commit(session => session.Delete(new Cat { Id = 2, Title = "made up" }));
        Assert.That(state, Is.Null.Or.Member("made up"));
    }

    [Test]
    public void PreDelete_finds_the_loaded_state_still_in_the_entry()
    {
        object?[]? state = null;
        RecordingListener.OnEvent = @event =>
        {
            if (@event is PreDeleteEvent delete)
                state = delete.Session.PersistenceContext.GetEntry(delete.Entity).LoadedState;
        };
        object?[]? loaded = null;
        Commit(session =>
        {
            var cat = session.Get<Cat>(2);
            loaded = Entry(session, cat).LoadedState;
            session.Delete(cat);
        });
        Assert.That(state, Is.SameAs(loaded));
        Assert.That(Journal.All<PreDeleteEvent>().Single().DeletedState, Is.Not.SameAs(loaded));
    }

    [Test]
    public void Statement_of_an_update_comes_between_PreUpdate_and_PostUpdate()
    {
        Commit(session => session.Get<Cat>(1).Title = "changed");
        Assert.That(Journal.Of("PreUpdate", "AddToBatch", "PostUpdate"), Is.EqualTo(new[] { "PreUpdate Cat#1", "AddToBatch UPDATE Cat", "PostUpdate Cat#1" }));
    }

    [Test]
    public void Statement_of_a_versioned_update_is_not_batched_and_comes_between_PreUpdate_and_PostUpdate()
    {
        Commit(session => session.Get<Comment>(1).Text = "changed");
        Assert.That(Journal.Of("PreUpdate", "AddToBatch", "ExecuteNonQuery", "PostUpdate"), Is.EqualTo(new[] { "PreUpdate Comment#1", "ExecuteNonQuery UPDATE Comment", "PostUpdate Comment#1" }));
    }

    [Test]
    public void Statement_of_a_delete_comes_between_PreDelete_and_PostDelete()
    {
        Commit(session => session.Delete(session.Get<Cat>(2)));
        Assert.That(Journal.Of("PreDelete", "AddToBatch", "PostDelete"), Is.EqualTo(new[] { "PreDelete Cat#2", "AddToBatch DELETE Cat", "PostDelete Cat#2" }));
    }

    [Test]
    public void Update_that_a_listener_vetoes_has_neither_statement_nor_PostUpdate()
    {
        var veto = new Vetoing();
        var listeners = ((SessionFactoryImpl)Factory).EventListeners;
        var before = listeners.PreUpdateEventListeners;
        listeners.PreUpdateEventListeners = [.. before, veto];
        try
        {
            Commit(session => session.Get<Cat>(1).Title = "changed");
        }
        finally
        {
            listeners.PreUpdateEventListeners = before;
        }
        Assert.That(Journal.Of("PreUpdate", "AddToBatch", "PostUpdate"), Is.EqualTo(new[] { "PreUpdate Cat#1" }));
    }

    [Test]
    public void Detached_update_raises_PostUpdate_without_old_state()
    {
        Commit(session => session.Update(new Comment { Id = 1, Version = 1, Text = "detached" }));
        Assert.That(Journal.All<PreUpdateEvent>().Single().OldState, Is.Null);
        Assert.That(Journal.All<PostUpdateEvent>().Select(@event => @event.OldState), Is.EqualTo(new object?[] { null, null }), "when flushed, and when committed");
    }

    [Test]
    public void Collection_change_raises_collection_events_and_no_entity_event()
    {
        Commit(session => session.Get<Post>(2).Tags.Add(session.Load<Tag>(1)));
        Assert.That(Journal.Of("PostCollectionUpdate", "PreUpdate", "PostUpdate"), Is.EqualTo(new[] { "PostCollectionUpdate Tags" }));
    }

    [Test]
    public void Recreate_event_of_a_new_collection_has_no_role_before_and_its_role_after()
    {
        Commit(session =>
        {
            var post = new Post { Id = 9, Title = "nine" };
            post.Tags.Add(session.Load<Tag>(1));
            session.Save(post);
        });
        Assert.That(Journal.Of("PreRecreate role", "PostRecreate role"), Is.SupersetOf(new[] { "PreRecreate role" }));
    }

    private static EntityEntry Entry(ISession session, object entity) => session.GetSessionImplementation().PersistenceContext.GetEntry(entity);

    private sealed class Vetoing : IPreUpdateEventListener
    {
        public bool OnPreUpdate(PreUpdateEvent @event) => true;

        public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(true);
    }
}
