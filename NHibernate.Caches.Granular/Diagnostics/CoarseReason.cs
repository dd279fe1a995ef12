namespace NHibernate.Caches.Granular.Diagnostics;

/// <summary>Why a query or a change is handled more coarsely than its text could allow. The numbers are stable.</summary>
public enum CoarseReason
{
    /// <summary>The statement could not be parsed.</summary>
    NotParsed = 1,
}



