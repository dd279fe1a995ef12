namespace NHibernate.Caches.Granular.Stores;

/// <summary>The stores of one session factory, one for each database as one role sees it. Disposed with the factory. Thread-safe.</summary>
internal interface ICacheStores : IDisposable
{
    /// <summary>What kind of store it is, for the log.</summary>
    string Description { get; }

    /// <summary>Whether other processes use the same stamps.</summary>
    bool IsShared { get; }

    /// <summary>Whether they can be used, as far as that is known.</summary>
    StoreHealth Health { get; }

    /// <summary>As <see cref="Health"/>; a server is asked.</summary>
    ValueTask<StoreHealth> CheckAsync() => ValueTask.FromResult(Health);

    /// <summary>
    /// Stands for the store of a database that could not be identified: it holds nothing, and a change in it may be a change in any
    /// database whose stamps are kept here, so everything is locked and moved.
    /// </summary>
    ICacheStore OfEveryDatabase { get; }

    /// <summary>A store for the entries of one database, over stamps that everybody shares who names the database alike.</summary>
    ICacheStore Of(StoreScope scope);
}

/// <summary>What a store serves. Thread-safe: immutable.</summary>
/// <param name="Database">The database's own identity: what stamps are kept by.</param>
/// <param name="View">What else entries are kept apart by: which of several databases of that identity, as whom, with which search path.</param>
/// <param name="Timeline">The timeline of the database's server, hexadecimal, if known: a later one begins another life of the stamps.</param>
internal sealed record StoreScope(string Database, ImmutableArray<string> View, string? Timeline);
