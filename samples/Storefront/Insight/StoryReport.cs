using Spectre.Console;

namespace Storefront.Insight;

/// <summary>Prints what the story of a query tells.</summary>
internal static class StoryReport
{
    public static void Print(QueryStory story)
    {
        AnsiConsole.MarkupLine($"The query: [bold]{story.Question.EscapeMarkup()}[/].");
        string[] known = [];
        foreach (var chapter in story.Tell())
        {
            AnsiConsole.WriteLine();
            AnsiConsole.MarkupLine($"[bold]{chapter.After.EscapeMarkup()}[/]");
            var lines = chapter.Explanation.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            // What it depends on does not change.
            foreach (var line in lines.Except(known))
                AnsiConsole.WriteLine("    " + line);
            known = known.Length == 0 ? lines[..^1] : known;
        }
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine("Meanwhile the cache told of these invalidations:");
        foreach (var invalidation in story.Heard)
            AnsiConsole.WriteLine("    " + invalidation);
    }
}
