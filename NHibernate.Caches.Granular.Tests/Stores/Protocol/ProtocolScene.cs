using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Tests.Stores.Protocol;

/// <summary>One row, one query over it, one shape.</summary>
internal static class ProtocolScene
{
    public static readonly TableId Table = new("public.people");
    public static readonly Shape Shape = new(Table, ["city"], ColumnSet.Of(["city"]));
    public static readonly StampKey Conjunction = Shape.Conjunction([ColumnValue.Text("Rome")]);
    public static readonly NamedKey Query = new("people of Rome");

    public static readonly Dependencies Dependencies =
        new([StampKey.Scope, StampKey.Table(Table)], [new ShapeUse(Shape, [Conjunction])]);
}
