using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NHibernate.Caches.Granular.Hosting;

/// <summary>Says whether a cache can be used, and since when not. Thread-safe.</summary>
internal sealed class GranularCacheHealthCheck(GranularCache cache) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (store, policy, health) = await cache.CheckAsync(cancellationToken).ConfigureAwait(false);
        var data = new Dictionary<string, object> { ["store"] = store, ["outages"] = health.Outages };
        if (policy is { } said)
            data["failure_policy"] = said.ToString();
        if (health.Since is not { } since)
            return HealthCheckResult.Healthy(store, data);
        data["since"] = since;
        return policy == FailurePolicy.Strict
            ? new HealthCheckResult(context.Registration.FailureStatus, "Redis is out of reach: nothing that changes data can commit.", health.Failure, data)
            : HealthCheckResult.Degraded("Redis is out of reach: queries go to the database.", health.Failure, data);
    }
}
