using System.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Caches.Granular.Scopes;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Tests.Blog;
using NHibernate.Caches.Granular.Tests.Stores.Protocol;
using NHibernate.Engine;
using NHibernate.Linq;
using NHibernate.Multi;
using Npgsql;
using IsolationLevel = System.Data.IsolationLevel;

namespace NHibernate.Caches.Granular.Tests.Flights;

/// <summary>
/// Sessions of one process that miss one query at a time: one of them asks the database. Nobody would wait for less than twenty seconds, so
/// that who should not wait is seen not to.
/// </summary>
[NonParallelizable]
public sealed class SingleFlightTests : PlayFixture
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(10);

    protected override bool NeedsFactoryPerTest => true;

    private FlightRegister Flights => ScopeOf(Factory).Flights;

    protected override void Configure(Cfg.Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty("cache.granular.single_flight", "process");
        configuration.SetProperty("cache.granular.single_flight_wait", s_limit.TotalSeconds.ToString(CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task Many_misses_of_one_query_are_one_select([Values] bool isAsync)
    {
        const int Readers = 8;
        using var missing = new CountdownEvent(Readers);
        ScopeOf(Factory).Decorate(store => new Meeting(store, missing));
        var before = Statistics.PrepareStatementCount;

        var answers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Run(async () =>
        {
            using var session = Factory.OpenSession();
            return isAsync ? await session.Query<Post>().WithOptions(o => o.SetCacheable(true)).CountAsync() : Count(session);
        })));

        Assert.That(answers, Is.All.EqualTo(3));
        Assert.That(Statistics.PrepareStatementCount - before, Is.EqualTo(1));
        Assert.That(Flights.Count, Is.Zero);
    }

    [Test]
    public async Task Query_that_wants_nobody_to_wait_is_asked_by_all_who_miss_it()
    {
        const int Readers = 4;
        using var missing = new CountdownEvent(Readers);
        ScopeOf(Factory).Decorate(store => new Meeting(store, missing));
        // NHibernate's statistics lose counts of statements that are prepared at one moment.
        var selects = 0;

        var answers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Run(() =>
        {
            using var session = Factory.WithOptions().Interceptor(new UserInterceptor { Prepared = () => Interlocked.Increment(ref selects) }).OpenSession();
            return session.Query<Post>().Cached(options => options.SingleFlight = SingleFlight.Off).Count();
        })));

        Assert.That(answers, Is.All.EqualTo(3));
        Assert.That(selects, Is.EqualTo(Readers));
    }

    [Test]
    public async Task Many_misses_of_one_batch_are_one_select()
    {
        const int Readers = 4;
        using var missing = new CountdownEvent(Readers);
        ScopeOf(Factory).Decorate(store => new Meeting(store, missing));
        var before = Statistics.PrepareStatementCount;

        var answers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Run(() =>
        {
            using var session = Factory.OpenSession();
            var batch = session.CreateQueryBatch()
                .Add<long>("posts", session.CreateQuery("select count(*) from Post").SetCacheable(true))
                .Add<long>("tags", session.CreateQuery("select count(*) from Tag").SetCacheable(true));
            return (batch.GetResult<long>("posts")[0], batch.GetResult<long>("tags")[0]);
        })));

        Assert.That(answers, Is.All.EqualTo((3, 2)));
        Assert.That(Statistics.PrepareStatementCount - before, Is.EqualTo(1), "both queries in one");
    }

    [Test]
    public async Task Who_waits_does_not_get_what_a_commit_outdates_meanwhile()
    {
        Task<int[]>? waiting = null;
        Listeners.Loaded = _ =>
        {
            waiting = StartAndWait(session => Ids(session, 1));
            Commit(Add);
        };

        Assert.That(Ids(1), Is.EqualTo(new[] { 1, 3 }), "its SELECT came before the commit");
        Assert.That(await waiting!, Is.EqualTo(new[] { 1, 3, 10 }));
        AssertFresh(session => Ids(session, 1));
    }

    [Test]
    public async Task Leader_s_own_commit_between_its_look_up_and_its_put_is_seen_by_who_waits()
    {
        Task<int[]>? waiting = null;
        using (var session = Factory.OpenSession())
        {
            Listeners.Loaded = _ =>
            {
                waiting = StartAndWait(other => Ids(other, 1));
                session.CreateSQLQuery("insert into Post (Id, Title, cat_id, Visible, Price) values (10, 'ten', 1, true, 0)").ExecuteUpdate();
            };
            Assert.That(Ids(session, 1), Is.EqualTo(new[] { 1, 3 }));
        }

        Assert.That(await waiting!, Is.EqualTo(new[] { 1, 3, 10 }));
        AssertFresh(session => Ids(session, 1));
    }

    [Test]
    public async Task Select_that_fails_lets_the_others_go_on([Values] bool isAsync)
    {
        Task<int>? waiting = null;
        using var session = OpenWith(new UserInterceptor
        {
            Prepared = () =>
            {
                waiting = StartAndWait(Count);
                Behind($"select pg_terminate_backend(pid) from pg_stat_activity where query = '{Mark}'");
            },
        });
        using var transaction = session.BeginTransaction();
        using (var mark = session.Connection.CreateCommand())
        {
            mark.CommandText = Mark;
            await mark.ExecuteNonQueryAsync();
        }

        Assert.That(
            async () => isAsync ? await session.Query<Post>().WithOptions(o => o.SetCacheable(true)).CountAsync() : Count(session),
            Throws.InstanceOf<HibernateException>().With.InnerException.Message.Contains("terminat").Or.InnerException.Message.Contains("stream"));
        Assert.That(await AtOnce(waiting!), Is.EqualTo(3), "the session of the failure is still open");
    }

    [Test]
    public async Task Cancellation_lets_the_others_go_on()
    {
        Task<int>? waiting = null;
        using var cancellation = new CancellationTokenSource();
        using var session = OpenWith(new UserInterceptor
        {
            Prepared = () =>
            {
                waiting = StartAndWait(Count);
                cancellation.Cancel();
            },
        });

        Assert.That(async () => await session.Query<Post>().WithOptions(o => o.SetCacheable(true)).CountAsync(cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await AtOnce(waiting!), Is.EqualTo(3));
    }

    [Test]
    public void Failure_while_rows_are_loaded_lets_the_others_go_on_when_the_session_asks_again_ends_its_transaction_or_is_closed()
    {
        AssertReleased((session, _) => session.CreateQuery("select count(*) from Tag").SetCacheable(true).UniqueResult<long>());
        AssertReleased((_, transaction) => transaction.Rollback());
        AssertReleased((session, _) => session.Dispose());
    }

    [Test]
    public async Task Result_that_may_not_be_stored_lets_the_others_go_on()
    {
        Task<int[]>? waiting = null;
        var started = 0L;
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Listeners.Loaded = _ =>
        {
            waiting = StartAndWait(other => Ids(other, 1));
            started = Stopwatch.GetTimestamp();
            // An uncommitted change of its own: what it has loaded is not put.
            session.CreateSQLQuery("update Post set Title = 'mine' where Id = 3").ExecuteUpdate();
        };

        Ids(session, 1);

        Assert.That(await waiting!, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(s_atOnce));
    }

    [Test]
    public void Session_that_leads_waits_for_nobody()
    {
        var started = Stopwatch.GetTimestamp();
        using var first = Factory.OpenSession();
        using var second = Factory.OpenSession();
        // The first leads one query and the second another, and each asks the other's query meanwhile.
        Listeners.Loaded = _ =>
        {
            Listeners.Loaded = _ => Assert.That(Titles(first, 2), Is.EqualTo(new[] { "second" }));
            using (second)
                Assert.That(second.CreateQuery("from Post p where p.Cat.Id = 2 and p.Title = 'second'").SetCacheable(true).List<Post>(), Has.Count.EqualTo(1));
        };
        Assert.That(Ids(first, 1), Is.EqualTo(new[] { 1, 3 }));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(s_atOnce));
    }

    [Test]
    public void Session_that_asks_within_its_own_query_does_not_wait_for_itself() => AssertDoesNotWait(loading => loading);

    [Test]
    public void Snapshot_does_not_wait()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction(IsolationLevel.RepeatableRead);
        Count(session);
        AssertDoesNotWait(_ => session);
    }

    [Test]
    public void Session_with_changes_does_not_wait()
    {
        using var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        session.Get<Tag>(1).Name = "changed";
        session.Flush();
        AssertDoesNotWait(_ => session);
    }

    [Test]
    public void Nobody_waits_for_a_query_that_is_never_cached_or_not_put()
    {
        AssertLeadsNothing(session => session.CreateSQLQuery("select count(*) as n from Post where Published < now()").AddScalar("n", NHibernateUtil.Int64).SetCacheable(true).List());
        AssertLeadsNothing(session => session.CreateQuery("select count(*) from Post").SetCacheable(true).SetCacheMode(CacheMode.Get).List());
        AssertLeadsNothing(session => session.CreateQuery("select count(*) from Post").SetCacheable(true).SetCacheMode(CacheMode.Refresh).List());
    }

    [Test]
    public async Task Waiting_ends_at_the_limit()
    {
        var configuration = Configure();
        configuration.SetProperty("cache.granular.single_flight_wait", "0.1");
        using var factory = configuration.BuildSessionFactory();
        using var release = new ManualResetEventSlim();
        using var leads = new ManualResetEventSlim();
        var leader = Task.Run(() =>
        {
            using var session = factory.WithOptions().Interceptor(new UserInterceptor
            {
                Prepared = () =>
                {
                    leads.Set();
                    release.Wait(s_limit);
                },
            }).OpenSession();
            return Count(session);
        });
        leads.Wait(s_limit);

        using (var session = factory.OpenSession())
            Assert.That(await AtOnce(Task.Run(() => Count(session))), Is.EqualTo(3));
        release.Set();
        Assert.That(await leader, Is.EqualTo(3));
    }

    [Test]
    public void Switched_off_nobody_leads()
    {
        var configuration = Configure();
        configuration.SetProperty("cache.granular.single_flight", "off");
        using var factory = configuration.BuildSessionFactory();
        var led = -1;
        using var session = factory.WithOptions().Interceptor(new UserInterceptor { Prepared = () => led = ScopeOf(factory).Flights.Count }).OpenSession();
        Count(session);
        Assert.That(led, Is.Zero);
    }

    private const string Mark = "select 4711";

    private static DatabaseScope ScopeOf(ISessionFactory factory)
    {
        using var session = factory.OpenSession();
        return StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!;
    }

    private static async Task<T> AtOnce<T>(Task<T> task) => await task.WaitAsync(s_atOnce);

    private int[] Ids(int cat)
    {
        using var session = Factory.OpenSession();
        return Ids(session, cat);
    }

    /// <summary>Asks in a session of its own, on another thread; returns when it waits for the flight that is under way.</summary>
    private Task<T> StartAndWait<T>(Func<ISession, T> query)
    {
        var flights = Flights;
        var task = Task.Run(() =>
        {
            using var session = Factory.OpenSession();
            return query(session);
        });
        Assert.That(SpinWait.SpinUntil(() => flights.Waiting == 1 || task.IsCompleted, s_limit), Is.True);
        Assert.That(task.IsCompleted, Is.False, "it waits");
        return task;
    }

    /// <summary>While a query is being loaded, the session that is given asks it too.</summary>
    private void AssertDoesNotWait(Func<ISession, ISession> whose)
    {
        var started = Stopwatch.GetTimestamp();
        var asked = false;
        Listeners.Loaded = loading =>
        {
            asked = true;
            Assert.That(Flights.Count, Is.EqualTo(1));
            Assert.That(Ids(whose(loading), 1), Is.EqualTo(new[] { 1, 3 }));
        };
        Ids(1);
        Assert.That(asked, Is.True);
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(s_atOnce));
    }

    private void AssertReleased(Action<ISession, ITransaction> then)
    {
        Factory.GranularCache().InvalidateAll();
        var session = Factory.OpenSession();
        using var transaction = session.BeginTransaction();
        Listeners.Loaded = _ => throw new InvalidOperationException("a user's listener");
        Assert.That(() => Ids(session, 1), Throws.Exception);
        Assert.That(Flights.Count, Is.EqualTo(1), "NHibernate has told nobody yet");
        then(session, transaction);
        Assert.That(Flights.Count, Is.Zero);
        session.Dispose();
    }

    private void AssertLeadsNothing(System.Action<ISession> query)
    {
        var led = -1;
        using var session = OpenWith(new UserInterceptor { Prepared = () => led = Flights.Count });
        query(session);
        Assert.That(led, Is.Zero);
    }

    private void Behind(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
#pragma warning disable CA2100 // Statements of these tests.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>All look-ups miss before any of them goes on.</summary>
    private sealed class Meeting(ICacheStore inner, CountdownEvent missing) : StoreDecorator(inner)
    {
        public override ReadResult Read(EntryKey key, Func<ImmutableArray<Shape>> shapes, Sequence? asOf)
        {
            var read = Inner.Read(key, shapes, asOf);
            if (!missing.IsSet)
            {
                missing.Signal();
                missing.Wait(s_limit);
            }
            return read;
        }
    }
}
