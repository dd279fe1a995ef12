using NHibernate.Caches.Granular.Benchmarks;
using NHibernate.Caches.Granular.Benchmarks.Blog;
using NHibernate.Caches.Granular.Benchmarks.Payloads;

if (RunOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

if (options.Payloads)
{
    PayloadRun.Ask();
    return 0;
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
    foreach (var size in new[] { 1, 20, 200 })
        PairedRun.Ask(new LayoutHit { Size = size });
    return 0;
}

System.Type[] questions = [typeof(CountHit), typeof(EntitiesHit), typeof(LayoutHit)];
var complete = true;
foreach (var question in questions)
    complete &= BenchmarkRun.Ask(question, options);
return complete ? 0 : 1;
