using Spectre.Console;
using Storefront.Comparison;
using Storefront.Sharing;

namespace Storefront;

/// <summary>Everything the user sees. Fits 100 columns.</summary>
internal static class Report
{
    private const int Width = 100;
    private const int MostStaleShown = 10;

    /// <summary>Lines of 100 columns at most; no colours and no moving parts where the output is a file.</summary>
    public static void Prepare()
    {
        var profile = AnsiConsole.Profile;
        profile.Width = Console.IsOutputRedirected ? Width : Math.Min(profile.Width, Width);
        if (Console.IsOutputRedirected)
            profile.Capabilities.Ansi = profile.Capabilities.Interactive = false;
    }

    /// <summary>Runs something long and shows how far it is.</summary>
    /// <param name="run">Gets a function that adds a named line, which takes values from 0 to 1.</param>
    public static T WithProgress<T>(Func<Func<string, IProgress<double>>, T> run) => Console.IsOutputRedirected
        ? run(_ => new Progress<double>())
        : AnsiConsole.Progress().AutoClear(true).Start(lines => run(name => new ProgressLine(lines.AddTask(name))));

    public static void Intro(Options options)
    {
        AnsiConsole.WriteLine();
        if (options.UseRedis)
        {
            AnsiConsole.Write(new Rule("[bold]Storefront[/]: one web shop, two processes, one cache on Redis") { Justification = Justify.Left, Style = "grey" });
            AnsiConsole.MarkupLine("One process changes the shop, both ask. Every answer is compared with the one that the database gives without a cache.");
            AnsiConsole.WriteLine();
            return;
        }
        if (options.Explain)
        {
            AnsiConsole.Write(new Rule("[bold]Storefront[/]: one web shop, one query, and what the cache knows of it") { Justification = Justify.Left, Style = "grey" });
            return;
        }
        AnsiConsole.Write(new Rule("[bold]Storefront[/]: one web shop, one workload, three caches") { Justification = Justify.Left, Style = "grey" });
        AnsiConsole.MarkupLine(
            $"A shop of {Data.ShopFiller.Products} products on PostgreSQL, mapped with FluentNHibernate and by code. Every variant "
            + $"starts from the same database and runs the same [bold]{options.Operations}[/] operations (seed {options.Seed}, "
            + $"[bold]{options.Writes} %[/] changes). Every answer is compared with the one that the database gives without a cache.");
        AnsiConsole.WriteLine();
    }

    public static void Print(Outcome outcome)
    {
        Comparison(outcome);
        foreach (var (variant, measurement) in outcome.Measured)
            Stale(variant, measurement.StaleAgainst(outcome.Truth));
        Survivals(outcome);
        Calls(outcome);
    }

    public static void Print(SharedOutcome outcome)
    {
        AnsiConsole.MarkupLine(
            $"Process {outcome.Writer} asked {outcome.Questions} queries. Process {outcome.Reader} then asked them for the first time: [bold]{outcome.SharedHits}[/] "
            + $"were hits on what the other had cached; it sent {Number(outcome.Statements)} SQL statements.");
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine($"Then process {outcome.Writer} committed changes. After each, process {outcome.Reader} asked everything again, then process {outcome.Writer}.");
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("change");
        foreach (var heading in (string[])["changed", "kept", "dropped needlessly", "stale", "hits back"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var c in outcome.Cases)
            table.AddRow(c.Change.EscapeMarkup(), Number(c.Changed), $"[green]{Number(c.Kept)}[/]", Number(c.DroppedNeedlessly), c.Stale == 0 ? "0" : $"[red bold]{Number(c.Stale)}[/]", Number(c.Back));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine("[grey]Hits back: what the writer had from the cache at last, the results that the reader had read again among them.[/]");
    }

    public static void Fault(string message) => AnsiConsole.MarkupLine($"[red]{message.EscapeMarkup()}[/]");

    private static void Comparison(Outcome outcome)
    {
        var truth = outcome.Truth;
        var (perfectHits, perfectMisses) = PerfectCache.Model(truth.Answers);
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        table.AddColumn(new TableColumn("").NoWrap());
        foreach (var heading in (string[])["hits", "misses", "hits ÷ perfect", "SQL", "time", "stale"])
            table.AddColumn(new TableColumn(heading).RightAligned());

        table.AddRow(Variant.NoCache.Name, "-", Number(truth.Answers.Count), "-", Number(truth.Statements), Time(truth.Elapsed), "-");
        foreach (var (variant, measurement) in outcome.Measured)
        {
            var stale = measurement.StaleAgainst(truth).Count;
            table.AddRow(variant.Name, Number(measurement.Hits), Number(measurement.Misses), $"[bold]{Percent(measurement.Hits, perfectHits)}[/]",
                Number(measurement.Statements), Time(measurement.Elapsed), stale == 0 ? "0" : $"[red bold]{Number(stale)}[/]");
        }
        table.AddRow("[grey]a perfect cache[/]", Number(perfectHits), Number(perfectMisses), Percent(perfectHits, perfectHits), "", "", "");
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine("[grey]A perfect cache, a model, drops a result only when its ids or values have really changed.[/]");
        AnsiConsole.WriteLine();
    }

    private static void Stale(Variant variant, IReadOnlyList<(int Number, Answer Answer)> stale)
    {
        if (stale.Count == 0)
            return;
        AnsiConsole.MarkupLine($"[red bold]{Number(stale.Count)} stale answers from {variant.Name.EscapeMarkup()}:[/]");
        foreach (var (number, answer) in stale.Take(MostStaleShown))
            AnsiConsole.MarkupLine($"[red]  answer {number}: {answer.Question.Name.EscapeMarkup()}, part {answer.Part}[/]");
        if (stale.Count > MostStaleShown)
            AnsiConsole.MarkupLine($"[red]  and {stale.Count - MostStaleShown} more[/]");
        AnsiConsole.WriteLine();
    }

    private static void Survivals(Outcome outcome)
    {
        AnsiConsole.Write(new Rule("What survived a change, and why") { Justification = Justify.Left, Style = "grey" });
        AnsiConsole.MarkupLine(
            $"{outcome.Study.Questions.Count} queries were cached, then one change was committed, then they were asked again. "
            + "Results that were the same and that every cache kept are not listed.");
        for (var i = 0; i < outcome.Study.Cases.Count; i++)
        {
            AnsiConsole.WriteLine();
            AnsiConsole.MarkupLine($"[bold]{i + 1}. {outcome.Study.Cases[i].Change.Name.EscapeMarkup()}[/]");
            AnsiConsole.MarkupLine($"   [grey]{outcome.Study.Cases[i].Why.EscapeMarkup()}[/]");
            AnsiConsole.Write(SurvivalTable(outcome, i));
        }
    }

    private static void Calls(Outcome outcome)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Rule("A cached function") { Justification = Justify.Left, Style = "grey" });
        AnsiConsole.MarkupLine(
            "What stands above a shelf is computed from three queries. It is cached as a whole (Functions/ShelfSummary.cs), and dropped when a "
            + "committed change can alter it.");
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("called after").AddColumn("summary").AddColumn("");
        table.AddColumn(new TableColumn("SQL").RightAligned()).AddColumn(new TableColumn("time").RightAligned());
        foreach (var call in outcome.Calls)
        {
            table.AddRow(call.When.EscapeMarkup(), Text(call.Summary).EscapeMarkup(), call.IsStale ? "[red bold]stale[/]" : call.Statements == 0 ? "[green]cached[/]" : "computed",
                Number(call.Statements), call.Time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms");
        }
        AnsiConsole.Write(table);
    }

    private static string Text(Functions.ShelfSummary summary) =>
        string.Create(CultureInfo.InvariantCulture, $"{summary.Products} products from {summary.LowestPrice}, rated {summary.Rating}");

    private static Padder SurvivalTable(Outcome outcome, int number)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        table.AddColumn("cached query").AddColumn("its result");
        foreach (var (variant, _) in outcome.Survivals)
            table.AddColumn(variant.Name);
        for (var i = 0; i < outcome.Study.Questions.Count; i++)
        {
            var truth = outcome.TrueSurvivals[number][i];
            if (!truth.Changed && outcome.Survivals.All(s => s.Results[number][i] is { Survived: true } kept && kept.State == truth.State))
                continue;
            table.AddRow([outcome.Study.Questions[i].Name.EscapeMarkup(), truth.Changed ? "changed" : "[grey]the same[/]",
                .. outcome.Survivals.Select(s => Verdict(s.Results[number][i], truth))]);
        }
        return new Padder(table).Padding(2, 0, 0, 0);
    }

    private static string Verdict(Survival survival, Survival truth) => survival switch
    {
        _ when survival.State != truth.State => "[red bold]stale[/]",
        { Survived: true } => "[green]kept[/]",
        _ => truth.Changed ? "dropped" : "[yellow]dropped needlessly[/]",
    };

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Percent(long part, long whole) => whole == 0 ? "-" : (100.0 * part / whole).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Time(TimeSpan time) => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";
}
