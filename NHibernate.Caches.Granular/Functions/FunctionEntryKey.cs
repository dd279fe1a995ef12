using System.Collections;
using NHibernate.Caches.Granular.Queries;
using NHibernate.Caches.Granular.Stores;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Functions;

/// <summary>
/// What identifies the result of a function: its region, the user's key, the type of the result and what is written of it, the tenant, and
/// the filters that are enabled, since they decide what the function sees. Compared part by part, in full. Thread-safe: immutable.
/// </summary>
internal sealed class FunctionEntryKey : EntryKey
{
    private readonly string _region;
    private readonly string _key;
    private readonly FunctionForm _form;
    private readonly object?[] _values;

    /// <param name="region">The region's name.</param>
    /// <param name="key">The user's.</param>
    /// <param name="form">The type of the result.</param>
    /// <param name="session">The session that asks.</param>
    public FunctionEntryKey(string region, string key, FunctionForm form, ISessionImplementor session)
    {
        (_region, _key, _form) = (region, key, form);
        var values = new List<object?> { session.GetTenantIdentifier() };
        if (session.EnabledFilters.Count > 0)
            QueryEntryKey.AddFilters(values, session);
        _values = [.. values];
    }

    public override object?[] Parts => [(int)KeyKind.Function, _region, _key, _form.Name, _values];

    public override bool Equals(EntryKey? other) =>
        other is FunctionEntryKey that
        && _key == that._key
        && _region == that._region
        && _form.Name == that._form.Name
        && QueryEntryKey.AreSame(_values, that._values);

    public override int GetHashCode() => HashCode.Combine(_region, _key, StructuralComparisons.StructuralEqualityComparer.GetHashCode(_values));
}
