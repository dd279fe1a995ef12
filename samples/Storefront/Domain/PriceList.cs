namespace Storefront.Domain;

/// <summary>Prices of their own for a group of customers.</summary>
public class PriceList
{
    public virtual int Id { get; protected set; }
    public virtual string Name { get; set; } = "";
    public virtual bool Active { get; set; }
}

public class ListPrice
{
    public virtual int Id { get; protected set; }
    public virtual PriceList PriceList { get; set; } = null!;
    public virtual Product Product { get; set; } = null!;
    public virtual decimal Amount { get; set; }
}
