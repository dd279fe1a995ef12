using Npgsql;
using Storefront;
using Storefront.Comparison;
using Storefront.Data;

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
