namespace NHibernate.Caches.Granular.Merging;

#pragma warning disable CA1032, CA1064 // It never leaves the library: the query is executed instead.
/// <summary>What a cached result holds could not be made into entities of the session, which is as if nothing had been tried. Not thread-safe.</summary>
internal sealed class MergeFailedException(Exception cause) : Exception(cause.Message, cause);
#pragma warning restore CA1032, CA1064
