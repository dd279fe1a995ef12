namespace Storefront.Domain;

/// <summary>A product in one size and colour: what is stocked and ordered.</summary>
public class Sku
{
    public virtual int Id { get; protected set; }
    public virtual Product Product { get; set; } = null!;
    public virtual string Code { get; set; } = "";
    public virtual string Size { get; set; } = "";
    public virtual string Colour { get; set; } = "";
}
