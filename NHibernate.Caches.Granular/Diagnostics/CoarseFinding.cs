namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>A reason with what it was found at, for people. Thread-safe: immutable.</summary>
internal sealed record CoarseFinding(CoarseReason Reason, string Detail)
{
    public override string ToString() => $"{Reason}: {Detail}";
}
