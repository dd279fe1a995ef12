using System.Text;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>Something that can happen next.</summary>
internal sealed record ProtocolStep(string Label, System.Action Take);

/// <summary>
/// A real store, a database of one row that is nothing but its version, and the writers and readers around it. Deterministic: the
/// same steps lead to the same world.
/// </summary>
internal sealed class ProtocolWorld : IDisposable
{
    private readonly ProtocolGround _ground;
    private readonly RecordingStore _recorder;
    private readonly bool _isBroken;
    private readonly ProtocolWriter[] _writers;
    private readonly ProtocolReader[] _readers;

    /// <param name="settings">Who takes part.</param>
    /// <param name="ground">The store; disposed with this.</param>
    /// <param name="decorate">Breaks the store, to show that the model would notice; null leaves it as it is.</param>
    public ProtocolWorld(ProtocolSettings settings, ProtocolGround ground, Func<ICacheStore, ICacheStore>? decorate)
    {
        Settings = settings;
        _ground = ground;
        _recorder = new RecordingStore(ground.Store);
        _isBroken = decorate is not null;
        Store = decorate?.Invoke(_recorder) ?? _recorder;
        _writers = [.. Enumerable.Range(0, settings.Writers).Select(i => new ProtocolWriter(this, i, knowsValues: i == 0 || !settings.Unknown))];
        _readers = [.. settings.Readers.Select((kind, i) => new ProtocolReader(this, i, kind))];
    }

    public ProtocolSettings Settings { get; }

    public ICacheStore Store { get; }

    /// <summary>In microseconds since the beginning.</summary>
    public long Now { get; private set; }

    /// <summary>The row's committed version.</summary>
    public int Committed { get; set; }

    public int Hits { get; private set; }

    /// <summary>The first wrong hit, in words.</summary>
    public string? WrongHit { get; private set; }

    public List<ProtocolStep> Steps() => [.. _writers.SelectMany(writer => writer.Steps()), .. _readers.SelectMany(reader => reader.Steps())];

    /// <summary>Whether all leases that end up to then may end.</summary>
    public bool MayPassTo(long time) => _writers.All(writer => !writer.HasLease || writer.LeaseEnds > time || writer.MayLoseLease);

    public void PassTo(long time)
    {
        _ground.Pass(TimeSpan.FromMicroseconds(time - Now));
        Now = time;
        foreach (var writer in _writers)
        {
            if (writer.HasLease && writer.LeaseEnds <= time)
                writer.LoseLease();
        }
    }

    /// <summary>
    /// The promise: a hit is never older than what was committed when its look-up began, and in a snapshot transaction neither
    /// older nor newer than its snapshot.
    /// </summary>
    public void Judge(string reader, int version, int? snapshot)
    {
        Hits++;
        if (_writers.Any(writer => writer.IsWindowOpen))
            return;
        if (version > snapshot)
            WrongHit ??= $"{reader} hit version {version}, which is newer than its snapshot {snapshot}";
        else if (version < (snapshot ?? Committed))
            WrongHit ??= $"{reader} hit version {version}, but {snapshot ?? Committed} was committed";
    }

    /// <summary>
    /// Equal for worlds that behave alike from here on. Of sequences only the order counts, and of the stamps only the latest move
    /// that a result must not be older than: what is older is dead, whatever it holds (unless the store is broken). What a token
    /// holds follows from what it announced; the locks tell whether it has been retired.
    /// </summary>
    public string Fingerprint()
    {
        var cells = _ground.Stamps!.Stamps;
        var relevant = cells.Where(cell => cell.Key != StampKey.AnyChange).ToArray();
        var isRegistered = relevant.Any(cell => cell.Shape is not null);
        // Until the shape is born, the table's last publish counts, and the stamp that every publish moves tells it.
        var floor = (isRegistered ? relevant : cells.AsEnumerable()).Select(cell => cell.Moved).Append(Sequence.None).Max();
        var deadBelow = _isBroken ? Sequence.None : floor;
        var entry = _recorder.LastPut?.Sequence ?? Sequence.None;
        Sequence[] living = [.. _readers.Select(reader => reader.Sequence).Append(entry).Append(floor).Append(Store.Current).Where(s => s >= deadBelow).Distinct().Order()];

        var text = new StringBuilder();
        text.Append(isRegistered ? 'r' : 'u').Append(cells.Sum(cell => cell.Locks)).Append('l').Append(relevant.Sum(cell => cell.Locks));
        text.Append('f').Append(Rank(floor)).Append('e').Append(Rank(entry));
        if (entry >= deadBelow)
            text.Append('v').Append(Committed - (int?)_recorder.LastPut?.Payload);
        foreach (var writer in _writers)
            text.Append('|').Append(writer.State());
        foreach (var reader in _readers)
            text.Append('|').Append(reader.State(isDead: reader.Sequence < deadBelow)).Append('S').Append(Rank(reader.Sequence));
        return text.Append('|').Append(Rank(Store.Current)).ToString();

        int Rank(Sequence sequence) => Math.Max(-1, Array.BinarySearch(living, sequence));
    }

    public void Dispose() => _ground.Dispose();
}
