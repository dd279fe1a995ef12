using NHibernate.Caches.Granular.Serialization;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about the wire format lists the tags and constants there are, and the frame as it is.</summary>
public sealed class WireFormatPageTests
{
    private static readonly DocumentPage s_page = DocumentPage.Read("docs/wire-format.md");

    [Test]
    public void Table_of_tags_lists_every_tag_with_its_number() =>
        Assert.That(s_page.Table("Tag").Select(row => $"{row[0]} {row[1]}"), Is.EqualTo(Enum.GetValues<PayloadTag>().Select(tag => $"{tag} {(int)tag}")));

    [Test]
    public void Table_of_constants_lists_every_constant_with_its_number() =>
        Assert.That(s_page.Table("Value").Select(row => $"{row[0]} {row[1]}"), Is.EqualTo(Enum.GetValues<PayloadConstant>().Select(constant => $"{constant} {(int)constant}")));

    [Test]
    public void Frame_limits_and_version_are_those_of_the_code()
    {
        Assert.Multiple(() =>
        {
            Assert.That(s_page.Table("Bytes")[0][1], Is.EqualTo($"the mark `0x{PayloadFormat.Mark:X2}"));
            Assert.That(s_page.Table("Bytes")[1][1], Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"the version of the format, `{PayloadFormat.Version}")));
            Assert.That(s_page.Text, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"nested deeper than {PayloadFormat.MaxDepth} values")));
            Assert.That(PayloadFormat.LeastRun, Is.EqualTo(4), "\"four or more neighbours\"");
        });
    }
}
