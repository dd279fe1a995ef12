using NHibernate.Caches.Granular.Benchmarks;
using NHibernate.Caches.Granular.Benchmarks.Blog;

var quick = args.Contains("--quick", StringComparer.Ordinal);
if (args.Any(argument => argument != "--quick"))
{
    Console.Error.WriteLine("Usage: [--quick]   Runs all benchmarks; --quick takes well under a minute and shows the ratios roughly.");
    return 2;
}

await using var database = await BlogDatabase.StartAsync();
HitBenchmark.Database = database;
System.Type[] questions = [typeof(CountHit), typeof(EntitiesHit)];
var complete = questions.Select(question => BenchmarkRun.Ask(question, quick)).ToList();
return complete.TrueForAll(ran => ran) ? 0 : 1;
