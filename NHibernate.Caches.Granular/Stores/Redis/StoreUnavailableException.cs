namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>Redis did not answer, not in time, or refused; or it is not asked because it did not just before. Thread-safe: immutable.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether it was asked, so that it may have done what it was asked for, or do it later.</summary>
    public bool WasAsked { get; init; }
}
