using System.Data.Common;
using NHibernate.Engine;
using NHibernate.SqlTypes;
using NHibernate.UserTypes;

namespace NHibernate.Caches.Granular.Tests.Merging.Model;

/// <summary>Text, of a user type that somebody has written for entities that are in no region. Thread-safe: stateless.</summary>
public abstract class CarelessType(bool disassembles) : IUserType
{
    public SqlType[] SqlTypes => [SqlTypeFactory.GetString(100)];

    public System.Type ReturnedType => typeof(string);

    public bool IsMutable => false;

    public object? NullSafeGet(DbDataReader rs, string[] names, ISessionImplementor session, object owner) => NHibernateUtil.String.NullSafeGet(rs, names[0], session);

    public void NullSafeSet(DbCommand cmd, object? value, int index, ISessionImplementor session) => NHibernateUtil.String.NullSafeSet(cmd, value, index, session);

    public object? DeepCopy(object? value) => value;

    public object? Replace(object? original, object? target, object owner) => original;

    public object? Assemble(object? cached, object owner) => cached is null ? null : throw new NotSupportedException();

    public object? Disassemble(object? value) => value is null || disassembles ? value : throw new NotSupportedException();

    public int GetHashCode(object x) => x?.GetHashCode() ?? 0;

    bool IUserType.Equals(object? x, object? y) => Equals(x, y);
}

public sealed class OddType() : CarelessType(disassembles: false);

public sealed class RareType() : CarelessType(disassembles: true);
