using System.Diagnostics;
using NHibernate.Caches.Granular.Flights;
using NHibernate.Caches.Granular.Invalidation;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Functions;

/// <summary>Callers of one function at a time: one of them runs it. Nobody would wait for less than twenty seconds.</summary>
[NonParallelizable]
public sealed class FunctionFlightTests : FunctionFixture
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(10);
    private static readonly CachedFunctionOptions s_together = new() { SingleFlight = SingleFlight.Process };

    private FlightRegister Flights
    {
        get
        {
            using var session = Factory.OpenSession();
            return StatementWitness.WatchOf((ISessionImplementor)session)!.Scope!.Flights;
        }
    }

    protected override void Configure(Cfg.Configuration configuration)
    {
        base.Configure(configuration);
        configuration.SetProperty("cache.granular.single_flight_wait", s_limit.TotalSeconds.ToString(CultureInfo.InvariantCulture));
    }

    [Test]
    public async Task One_runs_the_function_and_the_others_wait([Values] bool isAsync)
    {
        const int Callers = 6;
        var flights = Flights;
        var runs = 0;
        int Function()
        {
            Interlocked.Increment(ref runs);
            Assert.That(SpinWait.SpinUntil(() => flights.Waiting == Callers - 1, s_limit), Is.True);
            return 1;
        }

        var results = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            using var session = Factory.OpenSession();
            return isAsync
                ? await Cached.GetOrAddAsync(session, "key", on => on.On(PostsOf(session, 1)), _ => Task.Run(Function), s_together)
                : Cached.GetOrAdd(session, "key", on => on.On(PostsOf(session, 1)), Function, s_together);
        })));

        Assert.That(results, Is.All.EqualTo(1));
        Assert.That((runs, flights.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Function_that_throws_lets_the_others_go_on()
    {
        Task<int>? waiting = null;
        Assert.That(() => Commit(session => Cached.GetOrAdd<int>(session, "key", on => on.On(PostsOf(session, 1)), () =>
        {
            waiting = StartAndWait();
            throw new TimeoutException("a user's");
        }, s_together)), Throws.TypeOf<TimeoutException>());

        Assert.That(await waiting!.WaitAsync(s_atOnce), Is.EqualTo(7));
    }

    [Test]
    public async Task Result_that_is_not_stored_lets_the_others_go_on()
    {
        Task<int>? waiting = null;
        using (var session = Factory.OpenSession())
        using (var transaction = session.BeginTransaction())
        {
            Cached.GetOrAdd(session, "key", on => on.On(PostsOf(session, 1)), () =>
            {
                waiting = StartAndWait();
                Add(session);
                session.Flush();
                return 1;
            }, s_together);
            Assert.That(await waiting!.WaitAsync(s_atOnce), Is.EqualTo(7));
            transaction.Rollback();
        }
    }

    [Test]
    public async Task Who_waits_does_not_get_what_a_commit_outdates_meanwhile()
    {
        Task<int>? waiting = null;
        Commit(session => Cached.GetOrAdd(session, "key", on => on.On(PostsOf(session, 1)), () =>
        {
            waiting = StartAndWait();
            Commit(Add);
            return 1;
        }, s_together));

        Assert.That(await waiting!.WaitAsync(s_atOnce), Is.EqualTo(7), "it runs the function itself");
    }

    [Test]
    public async Task What_the_function_s_own_queries_do_does_not_end_its_flight()
    {
        Task<int>? waiting = null;
        using var session = Factory.OpenSession();
        Cached.GetOrAdd(session, "key", on => on.On(PostsOf(session, 1)), () =>
        {
            waiting = StartAndWait();
            Count(session);
            using (var transaction = session.BeginTransaction())
                transaction.Commit();
            Assert.That(waiting.IsCompleted, Is.False);
            Assert.That(Flights.Count, Is.EqualTo(1));
            return 1;
        }, s_together);

        Assert.That(await waiting!, Is.EqualTo(1));
    }

    [Test]
    public void Function_that_calls_itself_does_not_wait_for_itself()
    {
        var started = Stopwatch.GetTimestamp();
        using var session = Factory.OpenSession();
        int Function(int depth) => Cached.GetOrAdd(session, "key", on => on.On(PostsOf(session, 1)), () => depth == 0 ? 1 : Function(depth - 1) + 1, s_together);
        Assert.That(Function(2), Is.EqualTo(3));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(s_atOnce));
    }

    /// <summary>Calls the function in a session of its own, on another thread; returns when it waits.</summary>
    private Task<int> StartAndWait()
    {
        var flights = Flights;
        var task = Task.Run(() =>
        {
            using var session = Factory.OpenSession();
            return Cached.GetOrAdd(session, "key", on => on.On(PostsOf(session, 1)), () => 7, s_together);
        });
        Assert.That(SpinWait.SpinUntil(() => flights.Waiting == 1 || task.IsCompleted, s_limit), Is.True);
        Assert.That(task.IsCompleted, Is.False, "it waits");
        return task;
    }
}
