using System.Text.RegularExpressions;
using NHibernate.Caches.Granular.Tests.Architecture;

namespace NHibernate.Caches.Granular.Tests.Stores.Redis;

/// <summary>
/// Nodes whose clocks differ see no difference, because none of them is asked: leases, expiry and generations run on the server's clock alone, and
/// no call tells it a time.
/// </summary>
public sealed class RedisClockTests
{
    private static readonly Regex s_clock = new(@"\b(DateTime|DateTimeOffset|TimeProvider|Stopwatch|TickCount\w*|GetTimestamp|MonotonicClock)\b", RegexOptions.CultureInvariant);

    [Test]
    public void Store_on_Redis_asks_no_clock_of_its_process() =>
        Assert.That(LibrarySource.Files.Where(file => file.Path.StartsWith("Stores/Redis/", StringComparison.Ordinal) && s_clock.IsMatch(file.Text)).Select(file => file.Path), Is.Empty);

    [TestCase("var now = DateTimeOffset.UtcNow;", ExpectedResult = true)]
    [TestCase("private readonly TimeProvider _time;", ExpectedResult = true)]
    [TestCase("public TimeSpan Timeout { get; }", ExpectedResult = false)]
    public bool Clock_is_noticed(string source) => s_clock.IsMatch(source);

    [Test]
    public void Scripts_ask_the_server_s_clock_in_one_place() =>
        Assert.That(LibrarySource.Scripts.Where(file => file.Text.Contains("'TIME'", StringComparison.Ordinal)).Select(file => file.Path), Is.EqualTo(new[] { "Stores/Redis/Scripts/clock.lua" }));

    [Test]
    public void Clock_offset_of_tests_is_set_by_tests_only() =>
        Assert.That(LibrarySource.Files.Where(file => file.Text.Contains("ClockOffset =", StringComparison.Ordinal)).Select(file => file.Path), Is.Empty);
}
