using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.SqlTypes;

namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

/// <summary>Writes text in small letters, whatever is in memory.</summary>
public sealed class FoldedType() : StoredAs<string, string>(SqlTypeFactory.GetString(100))
{
    protected override string FromStored(string stored) => stored;

#pragma warning disable CA1308 // Small letters are what it is about.
    protected override string ToStored(string value) => value.ToLowerInvariant();
#pragma warning restore CA1308
}
