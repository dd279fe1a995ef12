using NHibernate.Caches.Granular.Tests.Scenarios.Model;
using NHibernate.SqlTypes;
using NHibernate.UserTypes;

namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

/// <summary>Writes text in small letters, and caches what is in memory.</summary>
public sealed class FoldedType() : StoredAs<string, string>(SqlTypeFactory.GetString(100)), IUserType
{
    object? IUserType.Disassemble(object? value) => value;

    object? IUserType.Assemble(object? cached, object owner) => cached;

    protected override string FromStored(string stored) => stored;

#pragma warning disable CA1308 // Small letters are what it is about.
    protected override string ToStored(string value) => value.ToLowerInvariant();
#pragma warning restore CA1308
}
