using System.Data.Common;
using NHibernate.Engine;
using NHibernate.SqlTypes;
using NHibernate.UserTypes;

namespace NHibernate.Caches.Granular.Tests.Scenarios.Model;

/// <summary>An immutable value that is stored as another. Thread-safe: stateless.</summary>
public abstract class StoredAs<TValue, TStored>(SqlType type) : IUserType
    where TValue : class
    where TStored : notnull
{
    public SqlType[] SqlTypes => [type];

    public System.Type ReturnedType => typeof(TValue);

    public bool IsMutable => false;

    public object? NullSafeGet(DbDataReader rs, string[] names, ISessionImplementor session, object owner)
    {
        var ordinal = rs.GetOrdinal(names[0]);
        return rs.IsDBNull(ordinal) ? null : FromStored(rs.GetFieldValue<TStored>(ordinal));
    }

    public void NullSafeSet(DbCommand cmd, object? value, int index, ISessionImplementor session) =>
        cmd.Parameters[index].Value = value is null ? DBNull.Value : ToStored((TValue)value);

    public object? DeepCopy(object? value) => value;

    public object? Replace(object? original, object? target, object owner) => original;

    public object? Assemble(object? cached, object owner) => cached is null ? null : FromStored((TStored)cached);

    public object? Disassemble(object? value) => value is null ? null : ToStored((TValue)value);

    public int GetHashCode(object x) => ToStored((TValue)x).GetHashCode();

    bool IUserType.Equals(object? x, object? y) => x is null ? y is null : y is not null && Equals(ToStored((TValue)x), ToStored((TValue)y));

    protected abstract TValue FromStored(TStored stored);

    protected abstract TStored ToStored(TValue value);
}

public sealed class ColourType() : StoredAs<Colour, int>(SqlTypeFactory.Int32)
{
    protected override Colour FromStored(int stored) => Colour.Of(stored);

    protected override int ToStored(Colour value) => value.Stored;
}

public sealed class WordsType() : StoredAs<IReadOnlyList<string>, string>(SqlTypeFactory.GetString(100))
{
    protected override IReadOnlyList<string> FromStored(string stored) => stored.Split(',');

    protected override string ToStored(IReadOnlyList<string> value) => string.Join(',', value);
}
