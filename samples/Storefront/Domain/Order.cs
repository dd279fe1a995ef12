namespace Storefront.Domain;

public enum OrderStatus
{
    Placed,
    Paid,
    Shipped,
    Cancelled,
}

public class Order
{
    public virtual long Id { get; protected set; }
    public virtual Customer Customer { get; set; } = null!;
    public virtual OrderStatus Status { get; set; }
    public virtual DateTime PlacedOn { get; set; }
    public virtual int Version { get; protected set; }
    public virtual IList<OrderLine> Lines { get; protected set; } = [];

    public virtual void Add(Sku sku, int quantity, decimal unitPrice) =>
        Lines.Add(new OrderLine { Order = this, Sku = sku, Quantity = quantity, UnitPrice = unitPrice });
}

public class OrderLine
{
    public virtual long Id { get; protected set; }
    public virtual Order Order { get; set; } = null!;
    public virtual Sku Sku { get; set; } = null!;
    public virtual int Quantity { get; set; }
    public virtual decimal UnitPrice { get; set; }
}
