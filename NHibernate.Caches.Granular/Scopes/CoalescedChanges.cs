using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Scopes;

/// <summary>
/// The changes of several transactions in one database, under one token. Each transaction announces before its commit, as ever, and so renews
/// the lease of all. What a proven commit would publish is kept instead, and stays locked: nobody is given what it has outdated. It moves when
/// the last of them ends, or at the end of the lease, whichever comes first (I3). When the outcome of one is not known, what is kept moves
/// at once, its locks stay to the end of the lease, and those that come later have another token. Thread-safe.
/// </summary>
internal sealed class CoalescedChanges(DatabaseScope database)
{
    private readonly Lock _gate = new();
    private readonly HashSet<TableId> _tables = [];
    private readonly Dictionary<(TableId Table, ChangeKind Kind), ColumnSet> _altered = [];
    private MovedStamps _stamps = new();
    private bool _isOfEverything;
    private bool _isDoubtful;
    private bool _isOver;
    private int _inside;

    public Token Token { get; } = Token.Create();

    /// <summary>A transaction begins to change something. False when it needs another token.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_isOver || _isDoubtful)
                return false;
            _inside++;
            return true;
        }
    }

    /// <summary>A transaction has ended that is to be told of.</summary>
    /// <param name="publication">What it would publish.</param>
    /// <param name="tables">What it did to which table; none for everything.</param>
    /// <param name="stamps">Its stamps, with what moves them.</param>
    /// <returns>What is to be published now; null when it is kept.</returns>
    public Publishing? End(Publication publication, ImmutableArray<ChangedTable> tables, MovedStamps stamps)
    {
        lock (_gate)
        {
            _inside--;
            _isDoubtful |= !publication.Proven;
            _stamps.Add(stamps);
            _tables.UnionWith(publication.Tables);
            _isOfEverything |= stamps.Contains(StampKey.Scope);
            foreach (var (table, kind, columns) in tables)
                _altered[(table, kind)] = _altered.TryGetValue((table, kind), out var known) ? known.Union(columns) : columns;
            WidenToTables();
            return TakeIfDue();
        }
    }

    /// <summary>A transaction has ended of which nobody need be told.</summary>
    /// <returns>As of <see cref="End"/>.</returns>
    public Publishing? Leave()
    {
        lock (_gate)
        {
            _inside--;
            return TakeIfDue();
        }
    }

    /// <summary>The stretch of work has ended. Who is still inside publishes when the last of them ends.</summary>
    /// <returns>As of <see cref="End"/>.</returns>
    public Publishing? Finish()
    {
        lock (_gate)
        {
            _isOver = true;
            return TakeIfDue();
        }
    }

    // As many as one transaction may have. What the token holds moves with it, be it named or not.
    private void WidenToTables()
    {
        if (_stamps.Count <= 10L * database.Factory.Options.MaxChanges)
            return;
        var wide = new MovedStamps();
        wide.Add(_tables.Select(StampKey.Table).Append(StampKey.AnyChange));
        if (_stamps.Contains(StampKey.Scope))
            wide.Add(StampKey.Scope);
        _stamps = wide;
    }

    private Publishing? TakeIfDue()
    {
        // While a transaction is inside that may be about to commit, its locks must not be released with those of others.
        if (_stamps.Count == 0 || !(_isDoubtful || (_isOver && _inside == 0)))
            return null;
        var stamps = _stamps;
        ImmutableArray<ChangedTable> tables = _isOfEverything ? [] : [.. _altered.Where(pair => !pair.Value.IsEmpty).Select(pair => new ChangedTable(pair.Key.Table, pair.Key.Kind, pair.Value))];
        var publication = new Publication(Token, Proven: !_isDoubtful, stamps, [.. _tables]);
        _stamps = new MovedStamps();
        _tables.Clear();
        _altered.Clear();
        return new Publishing(database, publication, tables, stamps);
    }
}
