using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular;

/// <summary>What of the options is no text. Thread-safe: immutable.</summary>
/// <param name="Multiplexer">See <see cref="RedisOptions.ConnectionMultiplexer"/>.</param>
/// <param name="Connect">See <see cref="RedisOptions.Connect"/>.</param>
/// <param name="Payloads">See <see cref="GranularCacheOptions.Payloads"/>.</param>
internal sealed record CarriedObjects(IConnectionMultiplexer? Multiplexer, Func<ConfigurationOptions, IConnectionMultiplexer>? Connect, PayloadTypes? Payloads)
{
    public static CarriedObjects None { get; } = new(null, null, null);
}

/// <summary>
/// Objects that reach the provider by way of NHibernate's properties, which are texts: the property holds an id. The objects live as
/// long as that very string does, that is, as long as any configuration or session factory that has it; a copy of the properties has
/// it too, and an equal text finds them meanwhile. Thread-safe.
/// </summary>
internal static class Carriers
{
    private static readonly ConditionalWeakTable<string, CarriedObjects> s_objects = [];

    /// <returns>The id; the same for the same objects, while it lives.</returns>
    public static string Register(CarriedObjects objects)
    {
        foreach (var (id, known) in s_objects)
        {
            if (known == objects)
                return id;
        }
        // A string of its own, so that nothing else keeps it alive.
        var added = Guid.NewGuid().ToString("N");
        s_objects.Add(added, objects);
        return added;
    }

    /// <summary>Null when nothing alive has this id.</summary>
    public static CarriedObjects? Find(string id)
    {
        foreach (var (known, objects) in s_objects)
        {
            if (known == id)
                return objects;
        }
        return null;
    }
}
