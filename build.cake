// The build: ./build.sh <target>, or ./build.ps1 <target> on Windows. Each target does all its own set-up.
using System.Runtime.InteropServices;
using System.Xml.Linq;

const string Configuration = "Release";
const string Solution = "Granular.sln";
const string Benchmarks = "NHibernate.Caches.Granular.Benchmarks";
const string Oracle = "NHibernate.Caches.Granular.Oracle";
const string Tests = "NHibernate.Caches.Granular.Tests";
const string Mutations = "NHibernate.Caches.Granular.Mutations";
const string Storefront = "samples/Storefront/Storefront.csproj";

var target = Argument("target", "test");
var results = Directory("artifacts/test-results");

Task("clean")
    .Description("Deletes everything the build makes.")
    .Does(() =>
{
    foreach (var built in GetDirectories("./*/{bin,obj}").Concat(GetDirectories("./samples/*/{bin,obj}")))
        DeleteDirectory(built, new DeleteDirectorySettings { Recursive = true });
    if (DirectoryExists("artifacts"))
        DeleteDirectory("artifacts", new DeleteDirectorySettings { Recursive = true });
    Leave(0);
});

Task("build")
    .Description("Builds everything; a warning is an error.")
    .Does(() => Dotnet($"build {Solution} --configuration {Configuration} -warnaserror --nologo --verbosity quiet"));

Task("postgres")
    .Description("Sees to it that tests and demo find a PostgreSQL.")
    .Does(EnsurePostgres);

Task("redis")
    .Description("Sees to it that tests find a Redis.")
    .Does(EnsureRedis);

Task("redis-if-asked")
    .WithCriteria(HasArgument("redis"))
    .Does(EnsureRedis);

Task("test")
    .Description("Builds everything and runs all tests; the last line is the count.")
    .IsDependentOn("postgres")
    .IsDependentOn("redis")
    .IsDependentOn("build")
    .Does(() =>
{
    CleanDirectory(results);
    var broken = new List<string>();
    // A second time on Redis, what is said of sessions and queries whatever the store: a choice of it, or all of it with --redis.
    var onRedis = (HasArgument("redis") ? "(FullyQualifiedName~Tests.Scenarios|FullyQualifiedName~StatementOnlyTests|" : "(FullyQualifiedName~StatementScenarios|FullyQualifiedName~CollectionScenarios|")
        + "FullyQualifiedName~DatabaseScenarios|FullyQualifiedName~KeyScenarios|FullyQualifiedName~GranularQueryCacheTests|FullyQualifiedName~CacheRegionTests"
        + "|FullyQualifiedName~TransactionTests)&TestCategory!=InProcessOnly";
    foreach (var project in GetFiles("*.Tests/*.csproj"))
    {
        var name = project.GetFilenameWithoutExtension().ToString();
        foreach (var (run, store, filter) in new[] { (name, "", ""), (name + ".Redis", "redis", $"--filter \"{onRedis}\" ") })
        {
            Environment.SetEnvironmentVariable("GRANULAR_TEST_STORE", store);
            var exit = RunTests($"test \"{project}\" --configuration {Configuration} --no-build --nologo --verbosity quiet {filter}"
                + $"--logger \"trx;LogFileName={run}.trx\" --logger \"console;verbosity=minimal\" --results-directory \"{results}\" "
                + "--blame-hang-timeout 10m --blame-hang-dump-type none");
            if (exit != 0 || !FileExists(results + File(run + ".trx")))
                broken.Add(run);
        }
    }

    // The outcomes are counted one by one: the counters at a trx file's end leave skipped tests out.
    XNamespace trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    var outcomes = GetFiles(results.ToString() + "/*.trx")
        .SelectMany(file => XDocument.Load(file.FullPath).Descendants(trx + "UnitTestResult"))
        .Select(result => (string)result.Attribute("outcome"))
        .ToList();
    var passed = outcomes.Count(outcome => outcome is "Passed");
    var skipped = outcomes.Count(outcome => outcome is "NotExecuted" or "Inconclusive");
    var failed = outcomes.Count - passed - skipped;

    if (failed == 0 && broken.Count > 0)
        Console.WriteLine($"The test run did not end well: {string.Join(", ", broken)}.");
    if (outcomes.Count == 0)
        Console.WriteLine("No test ran.");
    Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
    Leave(failed > 0 || broken.Count > 0 || passed == 0 ? 1 : 0);
});

Task("demo")
    .Description("Runs the Storefront comparison; takes its options, as in --operations=1000; or --redis for two processes that share a cache, or --explain for the story of one query.")
    .IsDependentOn("postgres")
    .IsDependentOn("redis-if-asked")
    .Does(() =>
{
    Dotnet($"build {Storefront} --configuration {Configuration} --nologo --verbosity quiet");
    var options = new[] { "operations", "seed", "writes", "connection" }.Where(HasArgument).Select(name => $"--{name} \"{Argument<string>(name)}\"")
        .Concat(new[] { "redis", "explain" }.Where(HasArgument).Select(name => $"--{name}"));
    Leave(Start("dotnet", $"run --project {Storefront} --configuration {Configuration} --no-build -- {string.Join(' ', options)}"));
});

Task("benchmark")
    .Description("Runs the benchmarks; --arguments=\"--filter ...\" narrows them.")
    .IsDependentOn("postgres")
    .Does(() =>
{
    if (!DirectoryExists(Benchmarks))
        Fail($"There is no project {Benchmarks} yet.");
    Dotnet($"build {Benchmarks} --configuration {Configuration} --nologo --verbosity quiet");
    Leave(Start("dotnet", $"run --project {Benchmarks} --configuration {Configuration} --no-build -- {Argument("arguments", "--filter *")}"));
});

Task("stale")
    .Description("Searches for stale answers; takes the oracle's options, as in --minutes=30 --seed=7 --cache=standard --isolation=repeatable-read, or --redis --processes=3 --policy=strict --outages --kill.")
    .IsDependentOn("postgres")
    .IsDependentOn("redis-if-asked")
    .Does(() =>
{
    Dotnet($"build {Oracle} --configuration {Configuration} --nologo --verbosity quiet");
    var options = new[] { "minutes", "seed", "cache", "isolation", "layout", "processes", "policy" }.Where(HasArgument).Select(name => $"--{name} \"{Argument<string>(name)}\"")
        .Concat(new[] { "vary", "redis", "outages", "kill" }.Where(HasArgument).Select(name => $"--{name}"));
    Leave(Start("dotnet", $"run --project {Oracle} --configuration {Configuration} --no-build -- {string.Join(' ', options)}"));
});

Task("faults")
    .Description("Makes Redis fail in every way that is known, under both failure policies, and prints what two nodes saw; --rounds=20 plays each longer.")
    .IsDependentOn("postgres")
    .IsDependentOn("redis")
    .Does(() =>
{
    Dotnet($"build {Tests} --configuration {Configuration} --nologo --verbosity quiet");
    CleanDirectory(results);
    var report = MakeAbsolute(results + File("faults.txt")).ToString();
    Environment.SetEnvironmentVariable("GRANULAR_FAULT_ROUNDS", Argument("rounds", "10"));
    Environment.SetEnvironmentVariable("GRANULAR_FAULT_REPORT", report);
    var exit = RunTests($"test {Tests} --configuration {Configuration} --no-build --nologo --verbosity quiet --filter TestCategory=Faults");
    if (FileExists(report))
    {
        Console.WriteLine("Two nodes read and write in turn while Redis fails; each answer is compared with the database. Stale: on the node that the fault");
        Console.WriteLine("concerns, elsewhere, and after the fault. Excused (degrade): answers without a commit that its node could not tell of yet.");
        foreach (var line in System.IO.File.ReadLines(report).Order(StringComparer.Ordinal))
            Console.WriteLine(line);
    }
    Leave(exit);
});

Task("mutations")
    .Description("Switches the library's guards off one by one and shows the test that fails; --only=NAME narrows them.")
    .IsDependentOn("postgres")
    .IsDependentOn("redis")
    .Does(() =>
{
    Dotnet($"build {Mutations} --configuration {Configuration} --nologo --verbosity quiet");
    var only = HasArgument("only") ? $" --only \"{Argument<string>("only")}\"" : "";
    Leave(Start("dotnet", $"run --project {Mutations} --configuration {Configuration} --no-build --{only}"));
});

if (!Tasks.Any(task => task.Name.Equals(target, StringComparison.OrdinalIgnoreCase)))
    Fail($"There is no target '{target}'. There are: demo, test, stale, faults, mutations, benchmark, clean.");

RunTarget(target);

// In the order in which the tests look: a connection string, a container engine, local binaries.
void EnsurePostgres()
{
    if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("GRANULAR_TEST_POSTGRES")))
        return;
    if (HasDocker() || HasLocalPostgres())
        return;
    if (InstalledWithoutAsking("PostgreSQL", "postgresql") && HasLocalPostgres())
        return;
    var command = OperatingSystem.IsWindows() ? "winget install PostgreSQL.PostgreSQL.17"
        : OperatingSystem.IsMacOS() ? "brew install postgresql@17"
        : "sudo apt-get install -y postgresql";
    Fail($"No PostgreSQL: neither GRANULAR_TEST_POSTGRES is set, nor does Docker answer, nor is PostgreSQL installed. Mend it with: {command}");
}

bool HasLocalPostgres() =>
    Context.Tools.Resolve(OperatingSystem.IsWindows() ? "initdb.exe" : "initdb") is not null
    || new[] { "/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb",
        "/usr/local/opt/postgresql*/bin/initdb", "C:/Program Files/PostgreSQL/*/bin/initdb.exe" }
        .Any(pattern => GetFiles(pattern).Any());

// The tests that pause, kill and join servers start their own: they need the program also where another Redis is there for the rest.
void EnsureRedis()
{
    if (HasLocalRedis() || (InstalledWithoutAsking("Redis", "redis-server") && HasLocalRedis()))
        return;
    var command = OperatingSystem.IsWindows() ? "wsl sudo apt-get install redis-server, and run the build there: Redis has no server for Windows"
        : OperatingSystem.IsMacOS() ? "brew install redis"
        : "sudo apt-get install -y redis-server";
    if (string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("GRANULAR_TEST_REDIS")) && !HasDocker())
        Fail($"No Redis: neither GRANULAR_TEST_REDIS is set, nor does Docker answer, nor is Redis installed. Mend it with: {command}");
    Console.WriteLine($"Tests that make a Redis server fail need one installed here: {command}");
}

bool HasLocalRedis() =>
    Context.Tools.Resolve(OperatingSystem.IsWindows() ? "redis-server.exe" : "redis-server") is not null
    || new[] { "/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server", "/opt/local/bin/redis-server",
        "C:/Program Files/Redis/redis-server.exe" }.Any(path => FileExists(path));

// MSBuild reads the variable: also an engine whose socket is not in the usual place gets its package built in.
bool HasDocker()
{
    if (Quietly("docker", "info").Exit != 0)
        return false;
    Environment.SetEnvironmentVariable("UseTestcontainers", "true");
    return true;
}

// Only where that needs neither a password nor a question.
bool InstalledWithoutAsking(string name, string package)
{
    if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || Context.Tools.Resolve("apt-get") is null)
        return false;
    Console.WriteLine($"Installing {name} ...");
    Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
    Quietly("apt-get", "update -qq");
    var (exit, output) = Quietly("apt-get", $"install -y -qq --no-install-recommends {package}");
    if (exit == 0)
        return true;
    Console.Error.WriteLine(output);
    return false;
}

// Silent when it succeeds; on failure the tool's own output says why.
void Dotnet(string arguments)
{
    var (exit, output) = Quietly("dotnet", arguments);
    if (exit == 0)
        return;
    Console.Error.WriteLine(output);
    Leave(exit);
}

(int Exit, string Output) Quietly(string tool, string arguments)
{
    try
    {
        var exit = StartProcess(tool, new ProcessSettings { Arguments = arguments, RedirectStandardOutput = true, RedirectStandardError = true, Silent = true },
            out var output, out var error);
        return (exit, string.Join(Environment.NewLine, output.Concat(error)));
    }
    catch (Exception missing)
    {
        return (-1, missing.Message);
    }
}

// Of the runner's output, what failed and each project's own count; not where it put which file.
int RunTests(string arguments)
{
    string[] noise = ["Test run for", "A total of", "Results File", "Data collector 'Blame' message: All tests finished"];
    return StartProcess("dotnet", new ProcessSettings
    {
        Arguments = arguments,
        Silent = true,
        RedirectStandardOutput = true,
        RedirectedStandardOutputHandler = line =>
        {
            if (!string.IsNullOrWhiteSpace(line) && !noise.Any(line.StartsWith))
                Console.WriteLine(line);
            return null;
        },
    });
}

int Start(string tool, string arguments) => StartProcess(tool, new ProcessSettings { Arguments = arguments, Silent = true });

void Fail(string message)
{
    Console.Error.WriteLine(message);
    Leave(1);
}

// At once, so that Cake's summary of tasks does not follow what the user came for.
void Leave(int exit) => Environment.Exit(exit);
