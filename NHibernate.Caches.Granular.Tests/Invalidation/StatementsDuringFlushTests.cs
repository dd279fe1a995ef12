using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Cfg;
using NHibernate.Event;

namespace NHibernate.Caches.Granular.Tests.Invalidation;

/// <summary>Statements that a listener sends over the session's connection while NHibernate flushes batches (I3, I4).</summary>
public sealed class StatementsDuringFlushTests : BlogFixture
{
    private static Action<PreUpdateEvent> s_beforeUpdate = _ => { };

    protected override void Configure(Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty(Cfg.Environment.BatchSize, "20");
        configuration.SetListener(ListenerType.PreUpdate, new BeforeUpdate());
    }

    [TearDown]
    public void ForgetListener() => s_beforeUpdate = _ => { };

    [Test]
    public void Query_of_a_listener_does_not_publish_what_is_gathered_and_not_executed()
    {
        static string Title(ISession session) => session.CreateQuery("select c.Title from Cat c where c.Id = 1").SetCacheable(true).UniqueResult<string>();
        var meanwhile = "";
        s_beforeUpdate = @event =>
        {
            // The update of the first category waits in the batch for the second one's.
            if (@event.Entity is not Cat { Id: 2 })
                return;
            OnSameConnection(@event, child => child.CreateSQLQuery("select 1").List());
            meanwhile = Ask(Title).Result;
        };
        using (var session = Factory.OpenSession())
        {
            session.Get<Cat>(1).Title = "changed";
            session.Get<Cat>(2).Title = "changed too";
            session.Flush();
        }
        Assert.That(meanwhile, Is.EqualTo("A"));
        Assert.That(Ask(Title).Result, Is.EqualTo("changed"));
    }

    [Test]
    public void Entity_being_updated_says_nothing_of_another_row_of_its_table()
    {
        static string InCategory2(ISession session) => string.Join(',', session.CreateQuery("select p.Id from Post p where p.Cat.Id = 2").SetCacheable(true).List<int>());
        Assert.That(Ask(InCategory2).Result, Is.EqualTo("2"));
        s_beforeUpdate = @event =>
        {
            if (@event.Entity is Post { Id: 1 })
                OnSameConnection(@event, child => child.CreateSQLQuery("update Post set cat_id = 1 where id = 2").ExecuteUpdate());
        };
        Commit(session => session.Get<Post>(1).Title = "changed");
        Assert.That(Ask(InCategory2).Result, Is.Empty);
    }

    private static void OnSameConnection(PreUpdateEvent @event, Action<ISession> work)
    {
        using var child = @event.Session.SessionWithOptions().Connection().OpenSession();
        work(child);
    }

    private sealed class BeforeUpdate : IPreUpdateEventListener
    {
        public bool OnPreUpdate(PreUpdateEvent @event)
        {
            s_beforeUpdate(@event);
            return false;
        }

        public Task<bool> OnPreUpdateAsync(PreUpdateEvent @event, CancellationToken cancellationToken) => Task.FromResult(OnPreUpdate(@event));
    }
}
