using System.Diagnostics;
using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Caches.Granular.Stores.Redis;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>
/// A node's store on a Redis that may fail, with a connection of its own, and the scene of the contract tests: people of cities. Nodes with the
/// same beginning of keys share stamps and entries. Not thread-safe.
/// </summary>
internal sealed class RedisScene : IDisposable
{
    public static readonly TableId People = new("public.people");
    public static readonly Shape ByCity = new(People, ["city"], ColumnSet.Of(["city", "name"]));
    public static readonly StampKey Rome = ByCity.Conjunction([ColumnValue.Text("Rome")]);
    public static readonly NamedKey PeopleOfRome = new("people of Rome");

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly RedisStores _stores;
    private TimeSpan _passed;

    public RedisScene(string configuration, string prefix = "", RedisStoreOptions? options = null, string? timeline = null, Func<IConnectionMultiplexer, IConnectionMultiplexer>? wrap = null, TimeSpan? pause = null)
    {
        var timeout = TimeSpan.FromSeconds(2);
        Options = (options ?? new RedisStoreOptions()) with { Prefix = prefix, EntryPrefix = prefix, Timeout = timeout, Pause = pause ?? TimeSpan.FromMilliseconds(50), ClockOffset = () => _passed };
        Connection = new RedisOptions { Configuration = configuration, Timeout = timeout }.OpenMultiplexer();
        _stores = new RedisStores(wrap?.Invoke(Connection) ?? Connection, -1, isOurs: true, Options, new PayloadCodec(new PayloadTypes()));
        Store = (RedisStore)_stores.Of(new StoreScope("database", [], timeline));
    }

    public RedisStoreOptions Options { get; }

    public IConnectionMultiplexer Connection { get; }

    public RedisStore Store { get; }

    /// <summary>What stands for a database that cannot be identified.</summary>
    public ICacheStore OfEveryDatabase => _stores.OfEveryDatabase;

    /// <summary>The names of the stamps' seven keys.</summary>
    public IReadOnlyList<string> StampKeys => [.. new ScopeKeys(Options.Prefix, ScopeKeys.HashOf("database")).Stamps.Select(key => (string)key!)];

    public static Dependencies DependOnRome { get; } = DependOn(ByCity, Rome);

    public static Dependencies DependOn(Shape shape, params StampKey[] conjunctions) =>
        new([StampKey.Scope, StampKey.Table(shape.Table)], [new ShapeUse(shape, [.. conjunctions])]);

    public void Pass(TimeSpan span) => _passed += span;

    public ReadResult Read(EntryKey? key = null) => Store.Read(key ?? PeopleOfRome, () => [ByCity], asOf: null);

    /// <summary>As <see cref="Read"/>, as soon as the server answers again.</summary>
    public ReadResult ReadWhenBack()
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < s_patience; Thread.Sleep(20))
            if (Read() is { Reason: not MissReason.Unavailable } result)
                return result;
        throw new TimeoutException("The server does not answer any more.");
    }

    public RejectedPutReason Put(Sequence sequence, object? payload = null, EntryKey? key = null, Dependencies? dependencies = null)
    {
        var reason = Store.Put(key ?? PeopleOfRome, new CacheEntry(payload ?? "result", dependencies ?? DependOnRome, sequence, TimeSpan.FromHours(4), IsSliding: false));
        Store.Drain();
        return reason;
    }

    /// <summary>A query that missed, read the database and put what it found.</summary>
    public void Cache(object? payload = null)
    {
        Put(Read().Sequence, payload);
        Assert.That(Read().Reason, Is.EqualTo(MissReason.None), "the scene needs a cached result");
    }

    public static Announcement AnnouncementOf(Token token, params StampKey[] keys) => new(token, keys, [People], [], [], ShapesVersion: null, TimeSpan.FromSeconds(30));

    public Token Announce(params StampKey[] keys)
    {
        var token = Token.Create();
        Assert.That(Store.Announce(AnnouncementOf(token, keys)).Outcome, Is.EqualTo(AnnounceOutcome.Announced));
        return token;
    }

    public void Publish(Token token, params StampKey[] keys) => Store.Publish(new Publication(token, Proven: true, keys, [People]));

    /// <summary>A transaction that changes people of Rome and commits.</summary>
    public void ChangeRome() => Publish(Announce(Rome), Rome);

    public void Dispose() => _stores.Dispose();
}
