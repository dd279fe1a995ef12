using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>A session that lists the query again and again, one transaction each: look up, and on a miss select and put.</summary>
internal sealed class ProtocolReader(ProtocolWorld world, int index, ReaderKind kind)
{
    private static readonly ImmutableArray<Shape> s_shapes = [ProtocolScene.Shape];
    private readonly string _name = $"R{index}";
    private Phase _phase;
    private int _snapshot;
    private int _selected;

    private enum Phase
    {
        Idle,
        Open,
        Begun,
        Missed,
        Selected,
    }

    /// <summary>Its transaction's sequence before the look-up, the one to put with after it; none when idle.</summary>
    public Sequence Sequence { get; private set; }

    /// <summary>Everything of this reader that decides how it goes on, its sequence aside.</summary>
    /// <param name="isDead">Whether its sequence is so old that neither can it hit nor will what it puts be valid.</param>
    public string State(bool isDead)
    {
        var phase = ((int)_phase).ToString(CultureInfo.InvariantCulture);
        return _phase switch
        {
            Phase.Idle => phase,
            Phase.Open => phase,
            _ when isDead => phase,
            Phase.Selected => $"{phase}v{world.Committed - _selected}",
            _ => $"{phase}s{(IsSnapshot ? world.Committed - _snapshot : 0)}",
        };
    }

    public IEnumerable<ProtocolStep> Steps()
    {
        yield return _phase switch
        {
            Phase.Idle when kind == ReaderKind.Snapshot => new($"{_name} is about to begin its transaction", () => Go(Phase.Open, world.Store.Current)),
            Phase.Idle when kind == ReaderKind.PutOnly => new($"{_name} begins without a look-up", () => Go(Phase.Missed, world.Store.Current)),
            Phase.Open => new($"{_name} takes its snapshot", () => (_phase, _snapshot) = (Phase.Begun, world.Committed)),
            Phase.Idle or Phase.Begun => new($"{_name} looks up", LookUp),
            Phase.Missed => new($"{_name} selects", Select),
            _ => new($"{_name} puts", Put),
        };
    }

    private bool IsSnapshot => kind == ReaderKind.Snapshot;

    private void Go(Phase phase, Sequence sequence) => (_phase, Sequence) = (phase, sequence);

    private void LookUp()
    {
        var result = world.Store.Read(ProtocolScene.Query, () => s_shapes, IsSnapshot ? Sequence : null);
        if (result.Entry is { } entry)
        {
            world.Judge(_name, (int)entry.Payload, IsSnapshot ? _snapshot : null);
            Rest();
        }
        else
        {
            Go(Phase.Missed, result.Sequence);
        }
    }

    private void Select() => (_phase, _selected) = (Phase.Selected, IsSnapshot ? _snapshot : world.Committed);

    private void Put()
    {
        world.Store.Put(ProtocolScene.Query, new CacheEntry(_selected, ProtocolScene.Dependencies, Sequence, TimeSpan.FromHours(1), IsSliding: false));
        Rest();
    }

    private void Rest()
    {
        Go(Phase.Idle, Sequence.None);
        (_snapshot, _selected) = (0, 0);
    }
}
