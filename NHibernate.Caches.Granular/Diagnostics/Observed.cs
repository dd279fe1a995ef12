using System.Runtime.CompilerServices;

namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>A sum of what several owners count, each as long as it lives. Thread-safe.</summary>
internal sealed class Observed
{
    private readonly ConditionalWeakTable<object, Func<long>> _counts = [];

    public void Add(object owner, Func<long> count) => _counts.Add(owner, count);

    public void Remove(object owner) => _counts.Remove(owner);

    public long Measure() => _counts.Sum(static pair => pair.Value());
}
