using NHibernate.Caches.Granular.Tests.Architecture;
using NHibernate.Caches.Granular.Tests.Documentation;
using NUnit.Framework.Interfaces;

namespace NHibernate.Caches.Granular.Tests.Mutations;

/// <summary>That the list of guards speaks of the code and the tests as they are. What it claims is proved by <c>./build.sh mutations</c>.</summary>
internal sealed class MutationListTests
{
    private static readonly ImmutableArray<Mutation> s_mutations = MutationList.Parse(File.ReadLines(Path.Combine(DocumentPage.Root, MutationList.Path)));

    private static readonly HashSet<string> s_tests = [.. typeof(MutationListTests).Assembly.GetTypes().SelectMany(TestsOf)];

    [Test]
    public void Every_guard_stands_in_the_library_exactly_once()
    {
        var files = LibrarySource.Files.Concat(LibrarySource.Scripts).ToDictionary(file => file.Path, file => file.Text, StringComparer.Ordinal);
        Assert.That(s_mutations.Where(mutation => mutation.FindIn(files.GetValueOrDefault(mutation.File, "")).Count != 1), Is.Empty);
    }

    [Test]
    public void Every_guard_is_replaced_by_something_else() =>
        Assert.That(s_mutations.Where(mutation => mutation.Piece == mutation.Replacement), Is.Empty);

    [Test]
    public void Every_test_that_should_notice_exists() =>
        Assert.That(s_mutations.SelectMany(mutation => mutation.Tests).Where(test => !s_tests.Contains(test)), Is.Empty);

    [Test]
    public void Every_guard_has_a_name_of_its_own() => Assert.That(s_mutations.Select(mutation => mutation.Name), Is.Unique);

    [Test]
    public void Every_invariant_has_guards_and_they_are_listed_in_their_order()
    {
        var numbers = s_mutations.Select(mutation => mutation.Number).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(numbers.Distinct(), Is.EquivalentTo(Enumerable.Range(1, 13)));
            Assert.That(numbers, Is.Ordered);
        }
    }

    [Test]
    public void Entry_is_read_with_all_its_lines()
    {
        var mutation = MutationList.Parse(["# Heading", "a-guard: I2 Stores/X.cs", "  - if (a)", "  -     b();", "  + c();", "", "  ! T.M", "  ! T.N"]).Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((mutation.Name, mutation.Invariant, mutation.Number, mutation.File), Is.EqualTo(("a-guard", "I2", 2, "Stores/X.cs")));
            Assert.That(mutation.Tests, Is.EqualTo(new[] { "T.M", "T.N" }));
            Assert.That(mutation.ApplyTo("{\n    if (a)\n        b();\n}"), Is.EqualTo("{\n    c();\n}"));
        }
    }

    [TestCase("a-guard I2 Stores/X.cs", "- a", "! T.M")]
    [TestCase("a-guard: I2 Stores/X.cs", "+ a", "! T.M")]
    [TestCase("a-guard: I2 Stores/X.cs", "- a", "+ b")]
    [TestCase("- a", "! T.M")]
    public void Entry_that_lacks_a_part_is_refused(params string[] lines) => Assert.That(() => MutationList.Parse(lines), Throws.TypeOf<FormatException>());

    [TestCase("a; b;", ExpectedResult = 1)]
    [TestCase("a; b; a;", ExpectedResult = 2)]
    [TestCase("b;", ExpectedResult = 0)]
    public int Occurrences_of_a_piece_are_counted(string source)
    {
        var mutation = new Mutation("a-guard", "I1", "X.cs", "a;", "", ["T.M"]);
        if (mutation.FindIn(source).Count != 1)
            Assert.That(() => mutation.ApplyTo(source), Throws.InvalidOperationException);
        return mutation.FindIn(source).Count;
    }

    private static IEnumerable<string> TestsOf(System.Type type) => type.GetMethods()
        .Where(method => method.GetCustomAttributes(inherit: true).Any(attribute => attribute is ITestBuilder or ISimpleTestBuilder))
        .Select(method => $"{type.Name}.{method.Name}");
}
