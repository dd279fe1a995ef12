using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>What a caller of a cached function has said. Thread-safe: immutable.</summary>
/// <param name="Session">The session that the function reads with.</param>
/// <param name="Key">What tells its results apart.</param>
/// <param name="DependsOn">Names what the result depends on.</param>
internal sealed record FunctionCall(ISessionImplementor Session, string Key, Action<FunctionDependencies> DependsOn)
{
    /// <summary>Null: the region of queries that name none.</summary>
    public string? Region { get; init; }

    /// <summary>Null: the region's.</summary>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Null: as the options say.</summary>
    public SingleFlight? SingleFlight { get; init; }
}
