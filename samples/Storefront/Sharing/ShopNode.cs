using NHibernate;
using Storefront.Comparison;
using Storefront.Data;

namespace Storefront.Sharing;

/// <summary>
/// One of the processes that run the shop together: a session factory of its own, and nothing else than the database and Redis in common with the
/// others. It does what it is told line by line: <c>ask 3</c>, <c>change 0</c>.
/// </summary>
internal static class ShopNode
{
    /// <summary>The word on the command line that makes the program one.</summary>
    public const string Verb = "node";

    /// <param name="settings">The database, Redis, and the prefix of the keys there.</param>
    public static int Run(string[] settings)
    {
        using var factory = Variant.Granular.BuildSessionFactory(settings[0], configuration =>
        {
            configuration.SetProperty("cache.configuration", settings[1]);
            configuration.SetProperty("cache.key_prefix", settings[2]);
        });
        var study = new SurvivalStudy(ShopDirectory.Read(factory));
        Console.WriteLine("ready");
        // The end of the input is the end of whoever has started this.
        while (Console.ReadLine()?.Split(' ') is [var what, var number])
            Console.WriteLine(Do(what, int.Parse(number, CultureInfo.InvariantCulture), study, factory));
        return 0;
    }

    private static string Do(string what, int number, SurvivalStudy study, ISessionFactory factory)
    {
        var run = new VariantRun(factory);
        if (what == "change")
        {
            run.Run(study.Cases[number].Change);
            return "done";
        }
        var before = factory.Statistics.PrepareStatementCount;
        var (answers, hit) = run.Ask(study.Questions[number]);
        return new Reply(hit, factory.Statistics.PrepareStatementCount - before, SurvivalStudy.Rows(answers), SurvivalStudy.State(answers)).ToLine();
    }
}

/// <summary>What a process says to a question. Thread-safe: immutable.</summary>
/// <param name="Hit">Its query cache had the result.</param>
/// <param name="Statements">How many SQL statements it sent.</param>
/// <param name="Rows">A digest of the ids and scalars.</param>
/// <param name="State">A digest of all that a visitor sees.</param>
internal sealed record Reply(bool Hit, long Statements, string Rows, string State)
{
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Hit}\t{Statements}\t{Rows}\t{State}");

    public static Reply Read(string line) => line.Split('\t') is [var hit, var statements, var rows, var state]
        ? new Reply(bool.Parse(hit), long.Parse(statements, CultureInfo.InvariantCulture), rows, state)
        : throw new InvalidOperationException($"A process said '{line}'.");
}
