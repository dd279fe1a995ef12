using System.Data.Common;
using NHibernate.Caches.Granular.Analysis;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>The folders are the architecture: dependencies between them point one way, and the rules at the bottom are pure.</summary>
public sealed class DependencyArrowTests
{
    // A bound value comes as the parameter it is sent in, whose type says how it arrives. Hashing is arithmetic.
    private static readonly string[] s_pure = ["System.Data.Common.DbParameter", "System.Data.DbType", "System.IO.Hashing.XxHash128", "System.IO.Hashing.NonCryptographicHashAlgorithm"];

    private static readonly System.Type[] s_types = typeof(GranularCacheProvider).Assembly.GetTypes();

    [Test]
    public void Dependencies_between_namespaces_point_one_way() => Assert.That(DependencyArrows.Violations(s_types, DependencyArrows.LayerOf), Is.Empty);

    [Test]
    public void Every_namespace_has_its_arrows()
    {
        var layers = s_types.Select(DependencyArrows.LayerOf).OfType<string>().Distinct();
        Assert.That(layers, Is.EquivalentTo(new[] { "", "Analysis", "Diagnostics", "Flights", "Functions", "Invalidation", "Merging", "Profiles", "Queries", "Regions", "Scopes", "Serialization", "Stamps", "Stores", "Values" }));
    }

    [Test]
    public void Analysis_values_and_stamps_know_neither_NHibernate_nor_IO_nor_clock() =>
        Assert.That(s_types.Where(IsPure).SelectMany(Impurities), Is.Empty);

    [Test]
    public void Catalogs_know_a_connection_and_neither_NHibernate_nor_clock() =>
        Assert.That(s_types.Where(type => type.Namespace == DependencyArrows.Root + ".Values.Catalogs").SelectMany(Impurities).Where(text => !text.Contains(" System.Data", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Wrong_arrow_is_noticed_in_fields_signatures_and_code()
    {
        static string? Layer(System.Type type) => type.DeclaringType == typeof(DependencyArrowTests) ? "Stamps" : DependencyArrows.LayerOf(type);
        Assert.Multiple(() =>
        {
            Assert.That(DependencyArrows.Violations([typeof(InField)], Layer), Has.Some.Contains("GranularQueryCache"));
            Assert.That(DependencyArrows.Violations([typeof(InGenericArgument)], Layer), Has.Some.Contains("GranularQueryCache"));
            Assert.That(DependencyArrows.Violations([typeof(InCode)], Layer), Has.Some.Contains("QueryAnalyzer"));
            Assert.That(DependencyArrows.Violations([typeof(Right)], Layer), Is.Empty);
        });
    }

    [Test]
    public void Impure_type_is_noticed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Impurities(typeof(KnowsNHibernate)), Is.Not.Empty);
            Assert.That(Impurities(typeof(KnowsTime)), Is.Not.Empty);
            Assert.That(Impurities(typeof(KnowsDatabase)), Is.Not.Empty);
            Assert.That(Impurities(typeof(Right)), Is.Empty);
        });
    }

    private static bool IsPure(System.Type type) =>
        DependencyArrows.LayerOf(type) is "Analysis" or "Values" or "Stamps" && type.Namespace != DependencyArrows.Root + ".Values.Catalogs";

    private static IEnumerable<string> Impurities(System.Type type) =>
        ReferencedTypes.Of(type).Where(IsImpure).Select(target => $"{type.FullName} mentions {target.FullName}");

    private static bool IsImpure(System.Type type)
    {
        var name = type.FullName ?? "";
        return !s_pure.Contains(name)
            && ((name.StartsWith("NHibernate.", StringComparison.Ordinal) && !name.StartsWith(DependencyArrows.Root, StringComparison.Ordinal))
            || new[] { "System.IO.", "System.Net.", "System.Data.", "System.Threading.Tasks.", "System.Diagnostics.Stopwatch", "System.TimeProvider", "System.DateTimeOffset" }.Any(impure => name.StartsWith(impure, StringComparison.Ordinal)));
    }

#pragma warning disable CA1823, CA1812, CA1859, CS0169, CS0649, IDE0051 // They exist to be looked at.
    private sealed class InField
    {
        private readonly GranularQueryCache? _cache;
    }

    private sealed class InGenericArgument
    {
        private readonly Dictionary<string, List<GranularQueryCache[]>>? _caches;
    }

    private sealed class InCode
    {
        public static System.Type Make() => typeof(QueryAnalyzer);
    }

    private sealed class Right
    {
        private readonly StampKey _key;
    }

    private sealed class KnowsNHibernate
    {
        public static object? Ask(object value) => value as ISession;
    }

    private sealed class KnowsTime
    {
        public static object Ask() => TimeProvider.System;
    }

    private sealed class KnowsDatabase
    {
        private readonly DbConnection? _connection;
    }
#pragma warning restore CA1823, CA1812, CA1859, CS0169, CS0649, IDE0051
}
