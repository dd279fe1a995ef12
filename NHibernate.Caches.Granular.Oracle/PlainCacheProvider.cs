using System.Collections.Concurrent;
using NHibernate.Cache;

namespace NHibernate.Caches.Granular.Oracle;

/// <summary>
/// The plainest cache in memory that NHibernate's own query cache can stand on: NHibernate's hash table provider, but safe for many
/// threads, so that what is found is the query cache's and not the table's. Nothing expires. Thread-safe.
/// </summary>
public sealed class PlainCacheProvider : ICacheProvider
{
#pragma warning disable CS0618 // The interface of NHibernate 5 returns the obsolete type; what is returned is a CacheBase.
    public ICache BuildCache(string? regionName, IDictionary<string, string>? properties) => new Region(regionName ?? "");
#pragma warning restore CS0618

    public long NextTimestamp() => Timestamper.Next();

    public void Start(IDictionary<string, string> properties)
    {
    }

    public void Stop()
    {
    }

    private sealed class Region(string name) : CacheBase
    {
        private readonly ConcurrentDictionary<object, object> _items = new();

        public override string RegionName => name;

        public override int Timeout => Timestamper.OneMs * 60_000;

        public override bool PreferMultipleGet => false;

        public override object? Get(object key) => _items.GetValueOrDefault(key);

        public override void Put(object key, object value) => _items[key] = value;

        public override void Remove(object key) => _items.TryRemove(key, out _);

        public override void Clear() => _items.Clear();

        public override void Destroy()
        {
        }

        // One process: NHibernate's strategies lock for themselves.
        public override object? Lock(object key) => null;

        public override void Unlock(object key, object lockValue)
        {
        }

        public override long NextTimestamp() => Timestamper.Next();
    }
}
