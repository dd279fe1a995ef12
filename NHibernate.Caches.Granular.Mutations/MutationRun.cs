using System.Diagnostics;
using NHibernate.Caches.Granular.Servers;
using NHibernate.Caches.Granular.Tests.Mutations;

namespace NHibernate.Caches.Granular.Mutations;

/// <summary>
/// Compiles each mutant, runs the tests that should notice it against it, and says which did. While one is tested the next is compiled.
/// All use one PostgreSQL and one Redis. Not thread-safe: runs once.
/// </summary>
internal sealed class MutationRun
{
    private const string Library = "NHibernate.Caches.Granular.dll";

    // For the tests of one guard, of which some only end when their time is up, and for those of all guards together.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_limitOfAll = TimeSpan.FromMinutes(30);

    // Below the solution, whose pages and sources some tests look for.
    private readonly string _scratch = Path.GetFullPath("artifacts/mutations");

    private string Host => Path.Combine(_scratch, "host");

    /// <returns>Whether every guard was missed by a test.</returns>
    public async Task<bool> RunAsync(ImmutableArray<Mutation> mutations)
    {
        var watch = Stopwatch.StartNew();
        await using var server = await PostgreSqlServer.StartAsync();
        Environment.SetEnvironmentVariable("GRANULAR_TEST_POSTGRES", server.ConnectionString);
        await using var redis = await RedisServer.StartAsync();
        Environment.SetEnvironmentVariable("GRANULAR_TEST_REDIS", redis.ConnectionString);
        CopyHost();
        var compiler = await Compiler.CreateAsync();
        var next = compiler.CompileAsync(mutations[0], DirectoryOf(mutations[0]));
        if (await WithoutMutationAsync(mutations) is { } fault)
        {
            Console.Error.WriteLine(fault);
            return false;
        }

        var width = mutations.Max(mutation => mutation.Name.Length);
        var (killed, survived, faults) = (0, 0, 0);
        for (var i = 0; i < mutations.Length; i++)
        {
            var mutation = mutations[i];
            var current = next;
            if (i + 1 < mutations.Length)
                next = CompileNextAsync(current, compiler, mutations[i + 1]);
            var (verdict, text) = await JudgeAsync(mutation, current);
            _ = verdict switch { Verdict.Killed => killed++, Verdict.Survived => survived++, _ => faults++ };
            Console.WriteLine($"{mutation.Name.PadRight(width)}  {mutation.Invariant,-3}  {text}");
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{mutations.Length} guards: {killed} missed by a test, {survived} survived, {faults} wrong in the list; {watch.Elapsed.TotalSeconds:0} s"));
        return killed == mutations.Length;
    }

    private enum Verdict
    {
        Killed,
        Survived,
        Wrong,
    }

    private string DirectoryOf(Mutation mutation) => Path.Combine(_scratch, "mutants", mutation.Name);

    private async Task<string> CompileNextAsync(Task<string> current, Compiler compiler, Mutation next)
    {
        // One at a time; what became of the other is reported by whoever awaits it.
        await Task.WhenAny(current);
        return await compiler.CompileAsync(next, DirectoryOf(next));
    }

    private async Task<(Verdict, string)> JudgeAsync(Mutation mutation, Task<string> compilation)
    {
        try
        {
            File.Copy(await compilation, Path.Combine(Host, Library), overwrite: true);
        }
        catch (InvalidOperationException wrong)
        {
            return (Verdict.Wrong, "WRONG: " + wrong.Message);
        }
        var (exit, output, isTimedOut) = await RunTestsAsync(mutation.Tests, s_limit);
        await File.WriteAllTextAsync(Path.Combine(DirectoryOf(mutation), "tests.log"), output);
        if (isTimedOut)
            return (Verdict.Wrong, $"WRONG: {string.Join(", ", mutation.Tests)} did not end within {s_limit.TotalMinutes} minutes");
        if (FailedTest(output) is { } test)
            return (Verdict.Killed, "killed by " + test);
        return exit == 0 ? (Verdict.Survived, "SURVIVED " + string.Join(", ", mutation.Tests)) : (Verdict.Wrong, "WRONG: " + output);
    }

    /// <summary>Null when all tests pass while every guard is there: a test that fails anyway proves nothing.</summary>
    private async Task<string?> WithoutMutationAsync(ImmutableArray<Mutation> mutations)
    {
        var (exit, output, isTimedOut) = await RunTestsAsync([.. mutations.SelectMany(mutation => mutation.Tests).Distinct()], s_limitOfAll);
        return exit == 0 && !isTimedOut && FailedTest(output) is null ? null : "Before any guard is switched off, these tests must pass:\n" + output;
    }

    private Task<(int Exit, string Output, bool IsTimedOut)> RunTestsAsync(ImmutableArray<string> tests, TimeSpan limit) =>
        Command.RunAsync(Host, limit, "dotnet", [Path.Combine(Host, typeof(MutationRun).Assembly.GetName().Name + ".dll"), TestHost.Mark, .. tests]);

    private static string? FailedTest(string output) =>
        output.Split('\n').FirstOrDefault(line => line.StartsWith(TestHost.Failed, StringComparison.Ordinal))?[TestHost.Failed.Length..].Trim();

    private void CopyHost()
    {
        if (Directory.Exists(_scratch))
            Directory.Delete(_scratch, recursive: true);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Host, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
