using NHibernate.Caches.Granular.Oracle;
using NHibernate.Caches.Granular.Tests.Documentation;

namespace NHibernate.Caches.Granular.Tests.Oracle;

public sealed class RunOptionsTests
{
    [Test]
    public void Everything_that_is_asked_for_is_understood() =>
        Assert.That(RunOptions.Parse(["--minutes", "0.5", "--seed", "7", "--cache", "standard", "--isolation", "repeatable-read", "--vary"]),
            Is.EqualTo(new RunOptions(TimeSpan.FromSeconds(30), 7, true, OracleIsolation.RepeatableRead, true)));

    [Test]
    public void Several_processes_are_asked_for() =>
        Assert.That(RunOptions.Parse(["--redis", "--processes", "4", "--kill", "--layout", "full", "--write-through"]),
            Is.EqualTo(new RunOptions(TimeSpan.FromMinutes(2), 1, false, null, false) { IsShared = true, Processes = 4, IsKilling = true, Layout = ResultLayout.Full, IsWrittenThrough = true }));

    [Test]
    public void Policy_and_outages_are_asked_for() =>
        Assert.That(RunOptions.Parse(["--redis", "--policy", "strict", "--outages"]),
            Is.EqualTo(new RunOptions(TimeSpan.FromMinutes(2), 1, false, null, false) { IsShared = true, Policy = FailurePolicy.Strict, IsCuttingOff = true }));

    [TestCase("--minutes")]
    [TestCase("--minutes", "0")]
    [TestCase("--minutes", "-1")]
    [TestCase("--seed", "x")]
    [TestCase("--cache", "other")]
    [TestCase("--isolation", "chaos")]
    [TestCase("--layout", "deep")]
    [TestCase("--layout", "full", "--cache", "standard")]
    [TestCase("--redis", "--processes", "1")]
    [TestCase("--redis", "--cache", "standard")]
    [TestCase("--redis", "--vary")]
    [TestCase("--kill")]
    [TestCase("--outages")]
    [TestCase("--policy", "strict")]
    [TestCase("--redis", "--policy", "other")]
    [TestCase("--help")]
    public void What_is_not_understood_is_refused(params string[] arguments) => Assert.That(RunOptions.Parse(arguments), Is.Null);

    [Test]
    public void Page_of_the_oracle_lists_the_options_that_there_are()
    {
        var listed = DocumentPage.Read("docs/oracle.md").Table("Option").Select(row => row[0]);
        var known = RunOptions.Usage.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("--", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]);
        Assert.That(listed, Is.EqualTo(known));
    }

    [Test]
    public void Every_mix_has_its_own_name_and_seed()
    {
        var mixes = Mixes.Of(null, 1).AddRange(Mixes.Of(OracleIsolation.Serializable, 1));
        Assert.That(mixes.Select(mix => mix.Name), Is.Unique);
        Assert.That(mixes.Select(mix => mix.Seed), Is.Unique);
    }
}
