namespace NHibernate.Caches.Granular.Tests.Faults;

/// <summary>What was seen of one fault under one policy. Not thread-safe.</summary>
internal sealed class FaultReport
{
    public int Reads { get; set; }

    /// <summary>On the node that the fault concerns, while it went on.</summary>
    public int Stale { get; set; }

    /// <summary>On the other node, while it went on.</summary>
    public int StaleElsewhere { get; set; }

    /// <summary>On any node, after it.</summary>
    public int StaleAfter { get; set; }

    /// <summary>What missed a commit of which its node had not been able to tell, and had not told yet: the limit of degrade.</summary>
    public int Excused { get; set; }

    public int Refused { get; set; }

    public List<string> Errors { get; } = [];

    /// <summary>Of the first operation that meets the fault.</summary>
    public TimeSpan First { get; set; }

    /// <summary>Of those that follow, the one in the middle.</summary>
    public TimeSpan Later { get; set; }

    /// <summary>The longest commit.</summary>
    public TimeSpan Commit { get; set; }

    public string Line(string fault, string policy) => string.Create(CultureInfo.InvariantCulture,
        $"{fault,-40} {policy,-8} reads {Reads,4}  stale {Stale}, elsewhere {StaleElsewhere}, after {StaleAfter}  excused {Excused,3}  errors {Errors.Count}  refused {Refused,3}  look-ups: first {First.TotalMilliseconds,4:0} ms, later {Later.TotalMilliseconds,3:0} ms  longest commit {Commit.TotalMilliseconds,4:0} ms");
}
