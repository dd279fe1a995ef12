namespace NHibernate.Caches.Granular.Servers;

/// <summary>A server that answers, from wherever it comes. Disposing ends it if it is ours.</summary>
internal interface IRunningServer : IAsyncDisposable
{
    /// <summary>In the words of the server's client library, with everything that it takes to be let in.</summary>
    string ConnectionString { get; }
}
