namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>What a transaction did to one table, without any value. Prints itself. Thread-safe: immutable.</summary>
public sealed class TableChange
{
    internal TableChange(string table, ChangeKind kind, IReadOnlyList<string> columns) => (Table, Kind, Columns) = (table, kind, columns);

    /// <summary>The table, as the database names it.</summary>
    public string Table { get; }

    /// <summary>What was done to its rows.</summary>
    public ChangeKind Kind { get; }

    /// <summary>Of an update, the columns whose values it changed, as far as that is known, or may have changed; empty for all of them, as in the other kinds.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>For people; the form may change between versions.</summary>
    public override string ToString() => Kind switch
    {
        ChangeKind.Insert => $"insert into {Table}",
        ChangeKind.Delete => $"delete from {Table}",
        ChangeKind.Update => $"update of {Table} ({(Columns.Count == 0 ? "any column" : string.Join(", ", Columns))})",
        ChangeKind.Told => $"change of {Table} that was told of",
        _ => $"change of {Table} as a whole",
    };
}
