using NHibernate.Caches.Granular.Mutations;
using NHibernate.Caches.Granular.Tests.Mutations;

// Two programs in one, so that one directory holds all that either needs: the runner, and the process that it starts for each mutant.
if (args is [TestHost.Mark, .. var tests])
    return TestHost.Run(tests);

if (args is not ([] or ["--only", _]))
{
    Console.Error.WriteLine("Give nothing to switch off every guard, or --only and parts of the names of some, with commas between them.");
    return 2;
}
var all = MutationList.Parse(File.ReadLines(MutationList.Path));
var chosen = args is [_, var parts] ? [.. all.Where(mutation => parts.Split(',').Any(part => mutation.Name.Contains(part, StringComparison.Ordinal)))] : all;
if (chosen.IsEmpty)
{
    Console.Error.WriteLine($"No guard in {MutationList.Path} has \"{args[^1]}\" in its name.");
    return 2;
}
return await new MutationRun().RunAsync(chosen) ? 0 : 1;
