using NHibernate.Caches.Granular.Benchmarks;
using NHibernate.Caches.Granular.Benchmarks.Blog;

if (RunOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

await using var database = await BlogDatabase.StartAsync();
HitBenchmark.Database = database;
System.Type[] questions = [typeof(CountHit), typeof(EntitiesHit)];
var complete = true;
foreach (var question in questions)
    complete &= BenchmarkRun.Ask(question, options);
return complete ? 0 : 1;
