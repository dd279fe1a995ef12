using NHibernate.Caches.Granular.Serialization;
using NHibernate.Caches.Granular.Tests.Architecture;

namespace NHibernate.Caches.Granular.Tests.Serialization;

/// <summary>
/// Bytes that were written once are read for ever, or the format has another version. A file is never changed: with a new version of
/// the format the present ones move to a folder of their own, and are refused.
/// </summary>
public sealed class GoldenPayloadTests
{
    private static readonly string s_folder = Path.GetFullPath(Path.Combine(LibrarySource.Here(), "..", "Serialization", "Golden"));

    private static IEnumerable<string> Names => GoldenPayloads.All.Keys;

    [TestCaseSource(nameof(Names))]
    public void Bytes_of_before_are_read_as_what_they_were(string name) =>
        Assert.That(PayloadText.Of(GoldenPayloads.Codec.Decode(Golden(name))), Is.EqualTo(PayloadText.Of(GoldenPayloads.All[name])));

    [TestCaseSource(nameof(Names))]
    public void Bytes_of_now_are_those_of_before(string name) =>
        Assert.That(Hex(GoldenPayloads.Codec.Bytes(GoldenPayloads.All[name])), Is.EqualTo(Hex(Golden(name))));

    [Test]
    public void Every_file_has_its_value() =>
        Assert.That(Directory.EnumerateFiles(s_folder, "*.hex").Select(path => Path.GetFileNameWithoutExtension(path)), Is.EquivalentTo(Names));

    [Test]
    public void Every_tag_and_constant_occurs_in_one_of_them()
    {
        var types = GoldenPayloads.All.Values.SelectMany(Within).Select(value => value.GetType()).Distinct();

        Assert.That(BuiltInTypes.All.Where(type => !type.IsArray || type == typeof(byte[]) || type == typeof(object[])).Except(types), Is.Empty);
        Assert.That(GoldenPayloads.All.Values.OfType<Array>().SelectMany(array => array.Cast<object?>()), Is.SupersetOf(new object?[] { null, true, false }));
    }

    private static IEnumerable<object> Within(object? value) => value switch
    {
        null => [],
        Cache.CachedItem item => [item, .. Within(item.Value)],
        Cache.Entry.CacheEntry entry => [entry, .. Within(entry.DisassembledState)],
        Cache.Entry.CollectionCacheEntry entry => [entry, .. Within(entry.State)],
        Granular.Merging.FullResult full => [full, .. Within(full.Parts)],
        System.Collections.IList list => [list, .. list.Cast<object?>().SelectMany(Within)],
        _ => [value],
    };

    private static byte[] Golden(string name)
    {
        var path = Path.Combine(s_folder, name + ".hex");
        if (!File.Exists(path))
            Assert.Fail($"{path} is not there. If the value is new, its bytes are:\n{Hex(GoldenPayloads.Codec.Bytes(GoldenPayloads.All[name]))}");
        return Convert.FromHexString(File.ReadAllText(path).ReplaceLineEndings(""));
    }

    private static string Hex(byte[] bytes) => string.Join('\n', Convert.ToHexStringLower(bytes).Chunk(64).Select(line => new string(line))) + "\n";
}
