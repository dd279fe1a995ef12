using Microsoft.Extensions.Caching.Memory;

namespace NHibernate.Caches.Granular.Regions;

/// <summary>
/// What a query cache of the user's own keeps in a region: stored as it is, under rules that are not ours. Thread-safe.
/// </summary>
/// <param name="maxEntries">Beyond it the least recently used go.</param>
/// <param name="expiration">Of each entry.</param>
/// <param name="isSliding">Whether a hit renews it.</param>
/// <param name="isShared">Whether other processes change what the entries are made of, of which those rules hear nothing. Then none is kept.</param>
internal sealed class ForeignEntries(int maxEntries, TimeSpan expiration, bool isSliding, bool isShared = false) : IDisposable
{
    private readonly Lazy<MemoryCache> _entries = new(() => new MemoryCache(new MemoryCacheOptions { SizeLimit = maxEntries }));

    public object? Get(object key) => _entries.IsValueCreated ? _entries.Value.Get(key) : null;

    public void Put(object key, object value)
    {
        if (isShared)
            return;
        _entries.Value.Set(key, value, new MemoryCacheEntryOptions
        {
            Size = 1,
            AbsoluteExpirationRelativeToNow = isSliding ? null : expiration,
            SlidingExpiration = isSliding ? expiration : null,
        });
    }

    public void Remove(object key)
    {
        if (_entries.IsValueCreated)
            _entries.Value.Remove(key);
    }

    public void Clear()
    {
        if (_entries.IsValueCreated)
            _entries.Value.Clear();
    }

    public void Dispose()
    {
        if (_entries.IsValueCreated)
            _entries.Value.Dispose();
    }
}
