using NHibernate;
using NHibernate.Tool.hbm2ddl;
using Storefront.Data;
using Storefront.Functions;
using Storefront.Mappings;
using Storefront.Workload;

namespace Storefront.Comparison;

/// <summary>
/// Fills a shop, then runs every variant on a copy of it: one thread, the same operations. Not thread-safe.
/// </summary>
/// <param name="databases">Where.</param>
/// <param name="options">How much.</param>
/// <param name="progress">Shows a line with this name and how far it is, from 0 to 1.</param>
internal sealed class ComparisonRun(ShopDatabases databases, Options options, Func<string, IProgress<double>> progress)
{
    // Without this the first variant would pay for compiling the code that all of them run.
    private const int WarmUp = 200;

    public Outcome Run()
    {
        var filled = Fill(databases, options, progress("filling the shop"), out var shop);
        var operations = OperationPlan.Write(shop, options);
        var truth = Measure(Variant.NoCache, filled, operations);
        Variant[] cached = [Variant.Standard, Variant.Granular];
        var measured = cached.Select(v => (v, Measure(v, filled, operations))).ToList();

        var study = new SurvivalStudy(shop);
        var line = progress("what survives a change");
        var trueSurvivals = Survivals(study, Variant.NoCache, filled);
        line.Report(0.4);
        var survivals = measured.Select(m => (m.v, Survivals(study, m.v, filled))).ToList();
        line.Report(0.9);
        using var factory = Open(Variant.Granular, filled, "function");
        var calls = new FunctionStudy(shop).Run(factory);
        line.Report(1);
        return new Outcome(truth, measured, study, trueSurvivals, survivals, calls);
    }

    /// <returns>The connection string of the filled database.</returns>
    public static string Fill(ShopDatabases databases, Options options, IProgress<double> progress, out ShopDirectory shop)
    {
        var filled = databases.CreateEmpty("filled");
        new SchemaExport(ShopConfiguration.For(filled)).Create(useStdOut: false, execute: true);
        using var factory = Variant.NoCache.BuildSessionFactory(filled);
        new ShopFiller(factory, new Random(options.Seed), progress).Fill();
        shop = ShopDirectory.Read(factory);
        return filled;
    }

    private Measurement Measure(Variant variant, string filled, IReadOnlyList<Operation> operations)
    {
        var line = progress(variant.Name);
        using (var factory = Open(variant, filled, "warm"))
            new VariantRun(factory).Measure([.. operations.Take(WarmUp)], new Progress<double>());
        using (var factory = Open(variant, filled, "run"))
            return new VariantRun(factory).Measure(operations, line);
    }

    private IReadOnlyList<Survival[]> Survivals(SurvivalStudy study, Variant variant, string filled)
    {
        using var factory = Open(variant, filled, "study");
        return study.Run(factory);
    }

    private ISessionFactory Open(Variant variant, string filled, string purpose) =>
        variant.BuildSessionFactory(databases.Copy(filled, $"{variant.Short}_{purpose}"));
}
