using NHibernate.Caches.Granular.Benchmarks;
using NHibernate.Caches.Granular.Benchmarks.Blog;

if (RunOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

await using var database = await BlogDatabase.StartAsync();
HitBenchmark.Database = database;
if (options.Paired)
{
    foreach (var transaction in new[] { false, true })
    {
        PairedRun.Ask(new CountHit { Transaction = transaction });
        PairedRun.Ask(new EntitiesHit { Transaction = transaction });
    }
    return 0;
}

System.Type[] questions = [typeof(CountHit), typeof(EntitiesHit)];
var complete = true;
foreach (var question in questions)
    complete &= BenchmarkRun.Ask(question, options);
return complete ? 0 : 1;
