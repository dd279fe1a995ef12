using System.Collections.Concurrent;
using NHibernate.Cache;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Tests.Assumptions.Recording;

/// <summary>
/// A provider without any cleverness: it stores, and writes what is asked of it. In <see cref="Start"/> it puts the other doubles
/// into the factory, in the places the granular cache takes. Made by NHibernate. Thread-safe after <see cref="Start"/>.
/// </summary>
internal sealed class RecordingProvider : ICacheProvider
{
    private long _timestamp;

    /// <summary>What the next provider does when it is started; null: puts the doubles in.</summary>
    public static Action<RecordingProvider, ISessionFactoryImplementor?>? OnStart { get; set; }

    /// <summary>What happens before a region is built, by its name.</summary>
    public static Action<string>? OnBuild { get; set; }

    public ConcurrentDictionary<string, RecordingRegion> Regions { get; } = new();

    public void Start(IDictionary<string, string> properties)
    {
        Journal.Write("provider started");
        var factory = NHibernateInternals.FindFactory(this);
        (OnStart ?? PutDoublesIn)(this, factory);
    }

    public void Stop() => Journal.Write("provider stopped");

    public long NextTimestamp() => Interlocked.Increment(ref _timestamp);

#pragma warning disable CS0618 // The interface of NHibernate 5 returns the obsolete type.
    public ICache BuildCache(string regionName, IDictionary<string, string> properties)
#pragma warning restore CS0618
    {
        Journal.Write("region built " + regionName);
        OnBuild?.Invoke(regionName);
        return Regions.GetOrAdd(regionName, name => new RecordingRegion(name, this));
    }

    public static void PutDoublesIn(RecordingProvider provider, ISessionFactoryImplementor? factory)
    {
        var settings = factory!.Settings;
        NHibernateInternals.Replace(settings, new RecordingBatcherFactory(settings.BatcherFactory));
        NHibernateInternals.Replace(settings, new RecordingTransactionFactory(settings.TransactionFactory));
        NHibernateInternals.Replace(settings, new RecordingQueryCacheFactory());
    }
}
