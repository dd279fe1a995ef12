using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>A transaction that changes the row and stays within the query: match, announce, commit, publish, and what goes wrong.</summary>
internal sealed class ProtocolWriter(ProtocolWorld world, int index, bool knowsValues)
{
    private static readonly TableId[] s_tables = [ProtocolScene.Table];
    private readonly Token _token = new(new Guid(index + 1, 0, 0, new byte[8]));
    private readonly string _name = $"W{index}";
    private bool _isMatched, _isAnnounced, _isCommitted, _heardFailure, _isDead, _isPublished, _isUnlocked;
    private ShapeList _shapes;

    public long LeaseEnds { get; private set; }

    /// <summary>Holds locks as far as it knows, and its lease has not ended.</summary>
    public bool HasLease => _isAnnounced && !_isUnlocked && !LeaseEnded;

    public bool LeaseEnded { get; private set; }

    /// <summary>Its lease ended before its commit, which is done and not published: a stated limit of the protocol.</summary>
    public bool IsWindowOpen { get; private set; }

    /// <summary>Whether its lease may end now without that being its own fault.</summary>
    public bool MayLoseLease => world.Settings.Expire || _isDead || _heardFailure;

    public void LoseLease() => LeaseEnded = true;

    /// <summary>Everything of this writer that decides how it goes on. The keys it announced follow from the shapes it knew.</summary>
    public string State() => !HasLease && !IsWindowOpen && !Steps().Any() ? "done" :
        string.Concat(Flags(_isMatched, _isAnnounced, _isCommitted, _heardFailure, _isDead, _isPublished, _isUnlocked, LeaseEnded, IsWindowOpen, KnowsShape),
            _isMatched && !_isAnnounced ? world.Store.Shapes(s_tables).Version > _shapes.Version ? "o" : "c" : "", HasLease ? LeaseEnds - world.Now : 0);

    public IEnumerable<ProtocolStep> Steps()
    {
        var settings = world.Settings;
        if (!_isMatched)
            yield return new($"{_name} matches its change against the shapes", Match);
        else if (!_isAnnounced)
            yield return new($"{_name} announces", Announce);
        else
        {
            var isAlive = !_isDead && !_isPublished;
            if (isAlive && !_isCommitted && !_heardFailure)
                yield return new($"{_name} commits", Commit);
            if (isAlive && !_heardFailure && settings.Doubt)
                yield return new($"{_name} hears that its commit failed", () => _heardFailure = true);
            if (isAlive && _isCommitted && !_heardFailure)
                yield return new($"{_name} publishes", () => Publish(proven: true));
            if (isAlive && _heardFailure)
                yield return new($"{_name} publishes, unproven", () => Publish(proven: false));
            // To lose the lease and the publish is a double fault, a stated limit.
            if (isAlive && settings.Crash && !LeaseEnded)
                yield return new($"{_name} dies", () => _isDead = true);
            if (settings.Doubt && !_isCommitted && (_heardFailure || _isDead) && HasLease)
                yield return new($"{_name}'s commit lands after all", Commit);
            if (HasLease && world.MayPassTo(LeaseEnds))
                yield return new($"{_name}'s lease ends", () => world.PassTo(LeaseEnds));
        }
    }

    private bool KnowsShape => _isMatched && _shapes.Shapes.Contains(ProtocolScene.Shape);

    private StampKey[] Keys => !KnowsShape ? [] : [knowsValues ? ProtocolScene.Conjunction : ProtocolScene.Shape.Key];

    private void Match() => (_isMatched, _shapes) = (true, world.Store.Shapes(s_tables));

    private void Announce()
    {
        var lease = TimeSpan.FromSeconds(10 * (index + 1));
        var result = world.Store.Announce(new Announcement(_token, Keys, s_tables, [], [], _shapes.Version, lease));
        if (result.Outcome == AnnounceOutcome.NewShapes)
            _shapes = result.Shapes;
        else
            (_isAnnounced, LeaseEnds) = (true, world.Now + (long)lease.TotalMicroseconds);
    }

    private void Commit()
    {
        world.Committed++;
        _isCommitted = true;
        IsWindowOpen = LeaseEnded;
    }

    private void Publish(bool proven)
    {
        world.Store.Publish(new Publication(_token, proven, Keys, s_tables));
        (_isPublished, _isUnlocked, IsWindowOpen) = (true, proven || LeaseEnded, false);
    }

    private static string Flags(params ReadOnlySpan<bool> flags)
    {
        Span<char> text = stackalloc char[flags.Length];
        for (var i = 0; i < flags.Length; i++)
            text[i] = flags[i] ? '1' : '0';
        return new string(text);
    }
}
