using System.Collections.Concurrent;
using NHibernate.Cache;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>A region that keeps everything and writes every call. Thread-safe.</summary>
internal sealed class RecordingRegion(string name, RecordingProvider provider) : CacheBase
{
    private readonly ConcurrentDictionary<object, object> _items = new();

    public override string RegionName => name;

    /// <summary>In the provider's timestamps.</summary>
    public int TimeoutInTimestamps { get; set; } = 1_000_000;

    public override int Timeout => TimeoutInTimestamps;

    /// <summary>Answers instead of the stored item, when it answers something.</summary>
    public Func<object, object?>? Answer { get; set; }

    /// <summary>Told of every get.</summary>
    public System.Action? OnGet { get; set; }

    public object? Stored(object key) => _items.GetValueOrDefault(key);

    public override object? Get(object key)
    {
        Write("get", key);
        OnGet?.Invoke();
        return Answer?.Invoke(key) ?? _items.GetValueOrDefault(key);
    }

    public override void Put(object key, object value)
    {
        Journal.Write($"{Short(name)} put {Short(key)} {(value is long ? "timestamp" : value.GetType().Name)}", value);
        _items[key] = value;
    }

    public override void Remove(object key)
    {
        Write("remove", key);
        _items.TryRemove(key, out _);
    }

    public override void Clear()
    {
        Journal.Write($"{Short(name)} clear");
        _items.Clear();
    }

    public override void Destroy()
    {
    }

    public override object Lock(object key)
    {
        Write("lock", key);
        return key;
    }

    public override void Unlock(object key, object lockValue) => Write("unlock", key);

    public override long NextTimestamp() => provider.NextTimestamp();

    private void Write(string what, object key) => Journal.Write($"{Short(name)} {what} {Short(key)}");

    private static string Short(object name)
    {
        var text = name.ToString()!;
        return text[(text.LastIndexOf('.') + 1)..];
    }
}
