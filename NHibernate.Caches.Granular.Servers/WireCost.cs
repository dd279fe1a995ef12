using System.Globalization;

namespace NHibernate.Caches.Granular.Servers;

/// <summary>What something cost on the wire. Thread-safe: immutable.</summary>
/// <param name="RoundTrips">How often one had to wait for a server: requests that are under way together count once.</param>
/// <param name="Requests">The requests in the order in which they were seen.</param>
public sealed record WireCost(int RoundTrips, IReadOnlyList<RedisRequest> Requests)
{
    /// <summary>As in <c>2: GET, SET</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RoundTrips}: {string.Join(", ", Requests)}");
}
