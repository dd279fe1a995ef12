using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NHibernate.Caches.Granular.Diagnostics;

namespace NHibernate.Caches.Granular.Tests.Documentation;

/// <summary>The page about diagnostics lists what the code counts, logs and gives as reasons.</summary>
public sealed partial class DiagnosticsPageTests
{
    private static readonly DocumentPage s_page = DocumentPage.Read("docs/diagnostics.md");

    [Test]
    public void Table_of_metrics_lists_every_instrument_with_its_unit_and_tags()
    {
        var instruments = new SortedDictionary<string, (string? Unit, string Tags)>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name != CacheMetrics.MeterName)
                return;
            instruments[instrument.Name] = (instrument.Unit, "not measured");
            self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => instruments[instrument.Name] = (instrument.Unit, Names(tags)));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => instruments[instrument.Name] = (instrument.Unit, Names(tags)));
        RuntimeHelpers.RunClassConstructor(typeof(CacheMetrics).TypeHandle);
        listener.Start();
        CountEverything();
        listener.RecordObservableInstruments();

        Assert.That(s_page.Text, Does.Contain($"The meter is `{CacheMetrics.MeterName}`"));
        Assert.That(
            s_page.Table("Instrument").Select(row => $"{row[0]} {row[1]} {row[2].Replace("`", "", StringComparison.Ordinal)}"),
            Is.EquivalentTo(instruments.Select(instrument => $"{instrument.Key} {instrument.Value.Unit} {instrument.Value.Tags}")));
    }

    /// <summary>The rules of OpenTelemetry for names: lower case, words in a namespace with dots between, durations in seconds, counts in braces.</summary>
    [Test]
    public void Names_and_units_are_those_of_the_conventions()
    {
        var rows = s_page.Table("Instrument");
        var tags = rows.SelectMany(row => row[2].Replace("`", "", StringComparison.Ordinal).Split(", ")).Where(tag => tag != "none");

        Assert.That(rows.Select(row => row[0]).Concat(tags), Is.All.Match(@"^[a-z]+(\.[a-z]+(_[a-z]+)*)+$"));
        Assert.That(rows.Select(row => row[1]), Is.All.Match(@"^(s|\{[a-z-]+\})$"));
        Assert.That(rows.Where(row => row[0].EndsWith(".duration", StringComparison.Ordinal) || row[0].EndsWith(".age", StringComparison.Ordinal)).Select(row => row[1]), Is.All.EqualTo("s"));
        Assert.That(rows.Select(row => row[0]).Where(name => name.Contains("_total", StringComparison.Ordinal) || name.Contains("_count", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Table_of_messages_lists_every_message_with_its_level_and_words()
    {
        var source = File.ReadAllText(Path.Combine(DocumentPage.Root, "NHibernate.Caches.Granular", "Diagnostics", "Log.cs"));
        var messages = MessagePattern().Matches(source).Select(match => $"{match.Groups["id"].Value} {Level(match.Groups["level"].Value)} {match.Groups["text"].Value}").ToList();

        Assert.That(messages, Has.Count.EqualTo(Regex.Count(source, @"s_log\.(?!IsDebugEnabled)")), "a call of another form than the pattern knows");
        Assert.That(s_page.Table("Id").Select(row => $"{row[0]} {row[1]} {row[2]}"), Is.EqualTo(messages));
    }

    [TestCase(typeof(MissReason))]
    [TestCase(typeof(BypassReason))]
    [TestCase(typeof(RejectedPutReason))]
    public void Table_of_reasons_lists_every_member_with_its_number(System.Type reasons) =>
        Assert.That(
            s_page.Table(reasons.Name).Select(row => $"{row[0]} {row[1]}"),
            Is.EqualTo(Enum.GetNames(reasons).Select(name => $"{name} {(int)Enum.Parse(reasons, name)}")));

    private static void CountEverything()
    {
        CacheMetrics.Hit("region");
        CacheMetrics.Miss("region", MissReason.NotFound);
        CacheMetrics.Bypass(BypassReason.Disabled);
        CacheMetrics.Put("region");
        CacheMetrics.RejectedPut("region", RejectedPutReason.Bypassed);
        CacheMetrics.Coarse([new CoarseFinding(CoarseReason.NotParsed, "statement")]);
        CacheMetrics.PutWritten("region");
        CacheMetrics.Publish(proven: true, stamps: 1);
        CacheMetrics.LookUp("region", CacheMetrics.StartLookUp, isHit: true);
        CacheMetrics.HitOfAge(TimeSpan.Zero);
        CacheMetrics.Evicted(1);
        CacheMetrics.Outage();
        CacheMetrics.Untold();
        CacheMetrics.ToldLate(1);
        using (var step = RedisStep.Begin("read", new RedisTarget("0", "localhost", 6379)))
            step.Failed(new TimeoutException());
        CacheMetrics.Invalidation("publish", CacheMetrics.StartInvalidation);
        CacheMetrics.Flight(FlightOutcome.Led);
    }

    private static string Names(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var names = new List<string>();
        foreach (var tag in tags)
            names.Add(tag.Key);
        return names.Count == 0 ? "none" : string.Join(", ", names);
    }

    private static string Level(string method) => method switch
    {
        "Debug" => "debug",
        "Info" => "info",
        "Warn" => "warning",
        _ => "error",
    };

    [GeneratedRegex("""s_log\.(?<level>Debug|Info|Warn|Error)\((exception, )?"(?<id>GC\d+) (?<text>[^"]*)"[,)]""")]
    private static partial Regex MessagePattern();
}
