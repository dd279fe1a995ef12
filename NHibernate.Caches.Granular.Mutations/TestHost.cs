using System.Reflection;
using NHibernate.Caches.Granular.Tests;
using NUnit;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace NHibernate.Caches.Granular.Mutations;

/// <summary>
/// Runs some tests in this process, with NUnit's own runner: of the test platform's hosts and discovery of all tests nothing is needed.
/// </summary>
internal static class TestHost
{
    /// <summary>The first argument of a process that is to be a host; the others are tests.</summary>
    public const string Mark = "--run";

    /// <summary>Begins the line of a test that failed; what it said follows in further lines.</summary>
    public const string Failed = "failed: ";

    private static readonly Assembly s_tests = typeof(TestDatabase).Assembly;

    public static int Run(IReadOnlyList<string> tests)
    {
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        // Only these are built: of the others the sources of cases need not be asked.
        runner.Load(s_tests, new Dictionary<string, object> { [FrameworkPackageSettings.LOAD] = tests.SelectMany(Fixtures).Distinct().ToList() });
        var results = new Results();
        runner.Run(results, new ByMethod([.. tests]));
        foreach (var (name, message) in results.FailedTests)
            Console.WriteLine($"{Failed}{name.ReplaceLineEndings(" ")}\n{message}");
        foreach (var test in tests.Except(results.Methods))
            Console.WriteLine($"There is no test {test}, or it does not run here.");
        return tests.All(results.Methods.Contains) ? 0 : 1;
    }

    /// <summary>The classes that have the method: the one that is named, or those that inherit it.</summary>
    private static IEnumerable<string> Fixtures(string test) =>
        s_tests.GetTypes().Where(type => !type.IsAbstract && Classes(type).Contains(test.Split('.')[0])).Select(type => type.FullName!);

    private static IEnumerable<string> Classes(System.Type? type)
    {
        for (; type is not null; type = type.BaseType)
            yield return type.Name;
    }

    // A method by its name, and every method of a class by a star, for whoever looks for the test that notices.
    private static IEnumerable<string> Names(ITest test) =>
        test.Method is { } method ? Classes(test.TypeInfo?.Type).SelectMany(name => new[] { $"{name}.{method.Name}", $"{name}.*" }) : [];

    private sealed class ByMethod(ImmutableHashSet<string> tests) : TestFilter
    {
        public override bool Match(ITest test) => Names(test).Any(tests.Contains);

        public override TNode AddToXml(TNode parentNode, bool recursive) => throw new NotSupportedException();
    }

    private sealed class Results : ITestListener
    {
        private readonly Lock _gate = new();

        public List<(string Name, string Message)> FailedTests { get; } = [];

        public HashSet<string> Methods { get; } = [];

        public void TestFinished(ITestResult result)
        {
            if (result.HasChildren || result.Test.IsSuite)
                return;
            lock (_gate)
            {
                if (result.ResultState.Status == TestStatus.Failed)
                    FailedTests.Add(($"{result.Test.TypeInfo?.Type.Name}.{result.Test.Name}", result.Message));
                if (result.ResultState.Status is not (TestStatus.Failed or TestStatus.Passed))
                    return;
                Methods.UnionWith(Names(result.Test));
            }
        }

        public void TestStarted(ITest test)
        {
        }

        public void TestOutput(TestOutput output)
        {
        }

        public void SendMessage(TestMessage message)
        {
        }
    }
}
