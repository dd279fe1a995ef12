namespace Storefront.Domain;

public class StockLevel
{
    public virtual int Id { get; protected set; }
    public virtual Sku Sku { get; set; } = null!;
    public virtual string Warehouse { get; set; } = "";
    public virtual int Quantity { get; set; }
    public virtual int ReorderAt { get; set; }
    public virtual int Version { get; protected set; }
}
