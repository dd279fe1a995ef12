using System.Collections.Concurrent;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>
/// What this process knows of the shapes registered with a database's stamps: which of its own queries' are, in the present generation, so that
/// they need not be sent with every look-up; and the last list of each table, to match changes with. Either may be outdated; the scripts notice.
/// Thread-safe.
/// </summary>
internal sealed class ShapeKnowledge
{
    private const int VersionBits = 40;

    private volatile Registered _registered = new("", "");
    private volatile Lists _lists = new("", 0);
    private int _lives;

    /// <summary>The life and generation of the stamps in which the registered shapes were registered.</summary>
    public (string Epoch, string Generation) Known => (_registered.Epoch, _registered.Generation);

    /// <summary>Of these shapes, or those that stand in for them, the ones to register, as far as is known.</summary>
    public IReadOnlyList<Shape> Missing(ImmutableArray<Shape> shapes)
    {
        var standings = _registered.Standings;
        List<Shape>? missing = null;
        foreach (var shape in shapes)
        {
            var wanted = standings.TryGetValue(shape.Key, out var standing) && standing == ShapeStanding.Substituted ? Shape.Any(shape.Table) : shape;
            if (!standings.ContainsKey(wanted.Key))
                (missing ??= []).Add(wanted);
        }
        return missing ?? (IReadOnlyList<Shape>)[];
    }

    /// <summary>Whether it is known how the shape stands.</summary>
    public bool IsKnown(Shape shape) => _registered.Standings.ContainsKey(shape.Key);

    /// <summary>
    /// What an entry depends on for this use of a shape: stamps, and the registered shape, whose birth counts; none where nothing is registered
    /// that could tell its changes from others.
    /// </summary>
    public (Shape? Shape, ImmutableArray<StampKey> Stamps) Resolve(ShapeUse use) => _registered.Standings.GetValueOrDefault(use.Shape.Key) switch
    {
        ShapeStanding.Registered => (use.Shape, use.Conjunctions),
        // A substitute moves with every change; the conjunctions of the shape it replaces are moved by nobody.
        ShapeStanding.Substituted => (Shape.Any(use.Shape.Table), []),
        _ => (null, [StampKey.AnyChange]),
    };

    /// <summary>A script has answered.</summary>
    /// <param name="reply">Its answer.</param>
    /// <param name="asked">The shapes that it was to register.</param>
    /// <param name="answers">A letter for each of them; empty when there was none.</param>
    public void Learn(RedisReply reply, IReadOnlyList<Shape> asked, string answers)
    {
        var registered = _registered;
        if (registered.Epoch != reply.Epoch || registered.Generation != reply.Generation)
            _registered = registered = new Registered(reply.Epoch, reply.Generation);
        ListsOf(reply.Epoch);
        for (var i = 0; i < answers.Length; i++)
            registered.Standings[asked[i].Key] = answers[i] switch { '1' => ShapeStanding.Registered, '0' => ShapeStanding.Substituted, _ => ShapeStanding.Colliding };
    }

    /// <summary>The lists as this process last got them, with a version that names them and their life.</summary>
    public ShapeList ListOf(IReadOnlyCollection<TableId> tables) => ListOf(_lists, tables);

    /// <summary>The epoch and version on the server that a version of <see cref="ListOf(IReadOnlyCollection{TableId})"/> stands for; of an earlier life it stands for none.</summary>
    public (string Epoch, long Version) Named(long version)
    {
        var lists = _lists;
        return version >> VersionBits == lists.Life ? (lists.Epoch, version & ((1L << VersionBits) - 1)) : ("", 0);
    }

    /// <summary>The server has sent all shapes of these tables.</summary>
    public ShapeList Relearn(RedisReply reply, IReadOnlyCollection<TableId> tables)
    {
        Learn(reply, [], "");
        var version = long.Parse(reply.Text(0), NumberStyles.None, CultureInfo.InvariantCulture);
        var shapes = new List<Shape>();
        for (var i = 1; i < reply.Count; i++)
        {
            if (ShapeText.Parse(reply.Bytes(i)) is { } shape)
                shapes.Add(shape);
        }
        var lacksSome = shapes.Count < reply.Count - 1;
        // Another answer may have told of another life meanwhile; shapes of this one, taken for those of that, would pass for complete.
        var lists = ListsOf(reply.Epoch);
        // What is not known in full is not remembered: the next change asks again.
        foreach (var table in lacksSome ? [] : tables)
            lists.ByTable[table] = (version, [.. shapes.Where(shape => shape.Table == table)]);
        return ListOf(lists, tables) with { LacksSome = lacksSome };
    }

    private static ShapeList ListOf(Lists lists, IReadOnlyCollection<TableId> tables)
    {
        var version = long.MaxValue;
        var shapes = ImmutableArray.CreateBuilder<Shape>();
        foreach (var table in tables.Distinct())
        {
            var known = lists.ByTable.GetValueOrDefault(table);
            version = Math.Min(version, known.Version);
            if (!known.Shapes.IsDefault)
                shapes.AddRange(known.Shapes);
        }
        return new ShapeList(shapes.ToImmutable(), ((long)lists.Life << VersionBits) | (tables.Count == 0 ? 0 : version));
    }

    private Lists ListsOf(string epoch)
    {
        var lists = _lists;
        if (lists.Epoch != epoch)
            _lists = lists = new Lists(epoch, Interlocked.Increment(ref _lives));
        return lists;
    }

    private sealed record Registered(string Epoch, string Generation)
    {
        public ConcurrentDictionary<StampKey, ShapeStanding> Standings { get; } = new();
    }

    private sealed record Lists(string Epoch, int Life)
    {
        public ConcurrentDictionary<TableId, (long Version, ImmutableArray<Shape> Shapes)> ByTable { get; } = new();
    }
}

/// <summary>How a shape stands with the stamps of its database.</summary>
internal enum ShapeStanding
{
    /// <summary>It is not known; no entry may depend on it.</summary>
    Unknown,

    Registered,

    /// <summary>Its table has too many shapes: what depends on it depends on every change of the table.</summary>
    Substituted,

    /// <summary>Its key belongs to another shape: what depends on it depends on every change of anything.</summary>
    Colliding,
}
