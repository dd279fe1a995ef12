using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>What an exploration has seen.</summary>
/// <param name="States">Distinct states, or steps taken in random walks.</param>
/// <param name="Hits">Hits that were judged.</param>
/// <param name="WrongHit">The steps to the first wrong hit, one per line; null when there was none.</param>
internal sealed record Exploration(int States, int Hits, string? WrongHit)
{
    public override string ToString() => $"{States} states, {Hits} hits, {WrongHit ?? "none of them wrong"}";
}

/// <summary>Drives the real store through interleavings. A store cannot be copied, so every state is reached by repeating its steps.</summary>
/// <param name="settings">Who takes part and what may go wrong.</param>
/// <param name="decorate">Breaks the store; null leaves it as it is.</param>
/// <param name="ground">Makes a store with fresh stamps; the in-process one by default.</param>
internal sealed class ProtocolExplorer(ProtocolSettings settings, Func<ICacheStore, ICacheStore>? decorate = null, Func<ProtocolGround>? ground = null)
{
    private readonly List<byte[]> _ways = [];

    /// <summary>The ways that <see cref="VisitAll"/> went: together they take every step that can be taken in any state.</summary>
    public IReadOnlyList<byte[]> Ways => _ways;

    /// <summary>Visits every reachable state, breadth first, and stops at the first wrong hit: there is no shorter way to one.</summary>
    public Exploration VisitAll(int maxStates)
    {
        var seen = new HashSet<string>();
        var queue = new Queue<byte[]>();
        var hits = 0;
        using (var world = NewWorld())
            seen.Add(world.Fingerprint());
        queue.Enqueue([]);
        while (queue.TryDequeue(out var path))
        {
            for (var (next, count) = (0, 1); next < count; next++)
            {
                using var world = Replay(path);
                var steps = world.Steps();
                (count, var before) = (steps.Count, world.Hits);
                steps[next].Take();
                hits += world.Hits - before;
                if (world.WrongHit is not null)
                    return new Exploration(seen.Count, hits, Explain([.. path, (byte)next]));
                if (seen.Add(world.Fingerprint()))
                    queue.Enqueue([.. path, (byte)next]);
                else
                    _ways.Add([.. path, (byte)next]);
            }
            if (seen.Count > maxStates)
                throw new InvalidOperationException($"More than {maxStates} states: the fingerprint tells worlds apart that behave alike, or the settings are too large.");
        }
        return new Exploration(seen.Count, hits, null);
    }

    /// <summary>Takes random steps from the beginning, again and again.</summary>
    public Exploration Walk(int walks, int stepsPerWalk, int seed)
    {
        var random = new Random(seed);
        var (taken, hits) = (0, 0);
        for (var walk = 0; walk < walks; walk++)
        {
            using var world = NewWorld();
            var path = new List<byte>();
            for (; path.Count < stepsPerWalk; taken++)
            {
                var steps = world.Steps();
                path.Add((byte)random.Next(steps.Count));
                steps[path[^1]].Take();
                if (world.WrongHit is not null)
                    return new Exploration(taken, hits + world.Hits, Explain([.. path]));
            }
            hits += world.Hits;
        }
        return new Exploration(taken, hits, null);
    }

    /// <summary>Goes the ways that another store was led, which must answer alike as far as the ways depend on it.</summary>
    public Exploration Follow(IReadOnlyList<byte[]> ways)
    {
        var (taken, hits) = (0, 0);
        foreach (var way in ways)
        {
            using var world = Replay(way);
            (taken, hits) = (taken + way.Length, hits + world.Hits);
            if (world.WrongHit is not null)
                return new Exploration(taken, hits, Explain(way));
        }
        return new Exploration(taken, hits, null);
    }

    private ProtocolWorld NewWorld() => new(settings, ground?.Invoke() ?? new InProcessGround(), decorate);

    private ProtocolWorld Replay(byte[] path)
    {
        var world = NewWorld();
        foreach (var step in path)
            world.Steps()[step].Take();
        return world;
    }

    private string Explain(byte[] path)
    {
        using var world = NewWorld();
        var lines = new List<string>();
        foreach (var index in path)
        {
            var step = world.Steps()[index];
            step.Take();
            lines.Add(step.Label);
        }
        return string.Join(Environment.NewLine, [.. lines, world.WrongHit]);
    }
}
