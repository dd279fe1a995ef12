namespace NHibernate.Caches.Granular.Servers;

/// <summary>A PostgreSQL server that answers, from wherever it comes. Disposing ends it if it is ours.</summary>
internal interface IRunningServer : IAsyncDisposable
{
    /// <summary>Leads to a database of which the role may create others.</summary>
    string ConnectionString { get; }
}
