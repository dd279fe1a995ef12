namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>What a statement did to rows of one table.</summary>
public enum ChangeKind
{
    /// <summary>Rows came.</summary>
    Insert = 0,

    /// <summary>Rows were changed.</summary>
    Update = 1,

    /// <summary>Rows went.</summary>
    Delete = 2,

    /// <summary>Anything, to any rows: every result that reads the table is dropped.</summary>
    Table = 3,

    /// <summary>Something was done by others than NHibernate, and the cache was told which rows may be concerned.</summary>
    Told = 4,
}
