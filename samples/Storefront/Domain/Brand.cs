namespace Storefront.Domain;

public class Brand
{
    public virtual int Id { get; protected set; }
    public virtual string Name { get; set; } = "";
    public virtual string Country { get; set; } = "";
}
