using NHibernate.Caches.Granular;
using NHibernate.Caches.Granular.Servers;
using Npgsql;
using Storefront;
using Storefront.Comparison;
using Storefront.Data;
using Storefront.Domain;
using Storefront.Insight;
using Storefront.Sharing;

if (args is [ShopNode.Verb, .. var settings])
    return ShopNode.Run(settings);
Report.Prepare();
if (Options.Parse(args, out var fault) is not { } options)
{
    if (fault != "")
        Report.Fault(fault);
    Console.WriteLine(Options.Usage);
    return fault == "" ? 0 : 2;
}

try
{
    Report.Intro(options);
    await using var databases = await ShopDatabases.OpenAsync(options.ConnectionString);
    if (options.UseRedis)
        return await ShareAsync(databases, options);
    if (options.Explain)
        return Explain(databases, options);
    var outcome = Report.WithProgress(progress => new ComparisonRun(databases, options, progress).Run());
    Report.Print(outcome);
    return outcome.AnyStale ? 1 : 0;
}
catch (Exception exception) when (exception is NpgsqlException or ArgumentException && options.ConnectionString is not null)
{
    Report.Fault($"No PostgreSQL answers at the connection given: {exception.Message}");
    return 2;
}
catch (InvalidOperationException exception) when (options.ConnectionString is null)
{
    Report.Fault(exception.Message);
    return 2;
}

static int Explain(ShopDatabases databases, Options options)
{
    ShopDirectory shop = null!;
    var filled = Report.WithProgress(progress => ComparisonRun.Fill(databases, options, progress("filling the shop"), out shop));
    using var factory = Variant.Granular.BuildSessionFactory(filled, configuration => configuration.UseGranularCache(cache =>
        cache.Profiles.For<Product>(profile => profile.Operations = CachedOperations.Fetch)));
    StoryReport.Print(new QueryStory(factory, shop));
    return 0;
}

static async Task<int> ShareAsync(ShopDatabases databases, Options options)
{
    await using var redis = await RedisServer.StartAsync();
    var outcome = Report.WithProgress(progress =>
    {
        var filled = ComparisonRun.Fill(databases, options, progress("filling the shop"), out _);
        using var uncached = Variant.NoCache.BuildSessionFactory(filled);
        string[] settings = [filled, redis.ConnectionString, $"storefront:{Guid.NewGuid():N}:"];
        using var writer = new NodeProcess(settings);
        using var reader = new NodeProcess(settings);
        return new SharedShop(uncached, writer, reader).Run();
    });
    Report.Print(outcome);
    return outcome.AnyStale ? 1 : 0;
}
