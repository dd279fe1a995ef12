using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Tests.Stores;

/// <summary>An entry's key that is nothing but a name.</summary>
internal sealed class NamedKey(string name) : EntryKey
{
    private readonly string _name = name;

    public override object?[] Parts => [_name];

    public override bool Equals(EntryKey? other) => other is NamedKey named && named._name == _name;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_name);

    public override string ToString() => _name;
}
