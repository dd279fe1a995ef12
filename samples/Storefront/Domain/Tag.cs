namespace Storefront.Domain;

public class Tag
{
    public virtual int Id { get; protected set; }
    public virtual string Name { get; set; } = "";
}
