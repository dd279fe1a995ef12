using System.Data.Common;
using NHibernate.Engine;
using NHibernate.SqlTypes;
using NHibernate.UserTypes;

namespace NHibernate.Caches.Granular.Tests.Serialization.Zoo;

/// <summary>Maps money to its text. Its cached form is the value itself, as that of most user types. Thread-safe: stateless.</summary>
public sealed class MoneyType : IUserType
{
    public SqlType[] SqlTypes => [SqlTypeFactory.GetString(50)];

    public System.Type ReturnedType => typeof(Money);

    public bool IsMutable => false;

    public new bool Equals(object? x, object? y) => object.Equals(x, y);

    public int GetHashCode(object x) => x.GetHashCode();

    public object? NullSafeGet(DbDataReader rs, string[] names, ISessionImplementor session, object owner) => throw new NotSupportedException();

    public void NullSafeSet(DbCommand cmd, object? value, int index, ISessionImplementor session) => cmd.Parameters[index].Value = value?.ToString() ?? (object)DBNull.Value;

    public object? DeepCopy(object? value) => value;

    public object? Replace(object? original, object? target, object owner) => original;

    public object? Assemble(object? cached, object owner) => cached;

    public object? Disassemble(object? value) => value;
}
