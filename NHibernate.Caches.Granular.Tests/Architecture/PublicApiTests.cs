using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>What users can see is what was approved: a change of it is a decision, made in PublicApi.approved.txt.</summary>
public sealed class PublicApiTests
{
    private static readonly Assembly[] s_assemblies = [typeof(GranularCacheProvider).Assembly, typeof(GranularCacheHostingExtensions).Assembly];

    [Test]
    public void Public_api_is_the_approved_one()
    {
        var approved = Path.Combine(LibrarySource.Here(), "PublicApi.approved.txt");
        var actual = s_assemblies.SelectMany(PublicApiPrinter.Print).ToArray();
        var received = Path.Combine(TestContext.CurrentContext.WorkDirectory, "PublicApi.received.txt");
        File.WriteAllLines(received, actual);
        Assert.That(actual, Is.EqualTo(File.ReadAllLines(approved)), $"If the change is meant, copy {received} over {approved}.");
        Assert.That(actual, Has.Length.LessThanOrEqualTo(150), "lines; the public surface stays small");
    }

    [Test]
    public void Public_classes_are_sealed_or_static() =>
        Assert.That(s_assemblies.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => PublicApiPrinter.Kind(type) == "open class"), Is.Empty);

    [Test]
    public void Open_class_is_noticed() => Assert.That(PublicApiPrinter.Kind(typeof(Sample)), Is.EqualTo("open class"));

    [Test]
    public void Every_kind_of_member_is_printed() => Assert.That(PublicApiPrinter.Print(typeof(Sample)), Is.EqualTo(new[]
    {
        "open class NHibernate.Caches.Granular.Tests.Architecture.PublicApiTests+Sample",
        "    Int32 Number { get; }",
        "    String? Text { get; set; }",
        "    event EventHandler Changed",
        "    field Int32? Field",
        "    new(Int32 number)",
        "    static List<T> Make<T>(String? name, T[] items, Boolean flag = …)",
    }));

    [Test]
    public void What_implements_an_interface_is_told_by_the_interface() => Assert.That(PublicApiPrinter.Print(typeof(Closing)), Is.EqualTo(new[]
    {
        "sealed class NHibernate.Caches.Granular.Tests.Architecture.PublicApiTests+Closing() : IDisposable",
        "    Void Close()",
    }));

    [Test]
    public void Enum_is_printed_on_one_line_by_number() => Assert.That(PublicApiPrinter.Print(typeof(Level)), Is.EqualTo(new[]
    {
        "enum NHibernate.Caches.Granular.Tests.Architecture.PublicApiTests+Level { Low = 1, High = 7 }",
    }));

#pragma warning disable CA1051, CA1034, CS0067 // It exists to be printed.
    public class Sample(int number)
    {
        public int? Field;

        public event EventHandler? Changed;

        public int Number => number;

        public string? Text { get; set; }

        public static List<T> Make<T>(string? name, T[] items, bool flag = true) => flag && name is null ? [.. items] : [];
    }

    public sealed class Closing : IDisposable
    {
        public void Close() => Dispose();

        public void Dispose()
        {
        }
    }

    public enum Level
    {
        High = 7,
        Low = 1,
    }
#pragma warning restore CA1051, CA1034, CS0067
}
