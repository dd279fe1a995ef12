namespace Storefront.Domain;

public enum ProductStatus
{
    Announced,
    OnSale,
    Discontinued,
}

/// <summary>What the shop sells; what lies on a shelf are its <see cref="Sku"/>s.</summary>
public class Product
{
    public virtual int Id { get; protected set; }

    /// <summary>The name in addresses; the natural id.</summary>
    public virtual string Slug { get; set; } = "";

    /// <summary>The id under which partners know it.</summary>
    public virtual Guid PublicId { get; set; }
    public virtual string Name { get; set; } = "";
    public virtual Category Category { get; set; } = null!;

    /// <summary>Null for products without a brand.</summary>
    public virtual Brand? Brand { get; set; }
    public virtual ProductStatus Status { get; set; }
    public virtual bool Visible { get; set; }
    public virtual bool Featured { get; set; }
    public virtual decimal Price { get; set; }
    public virtual DateTime CreatedOn { get; set; }
    public virtual int Version { get; protected set; }
    public virtual ISet<Tag> Tags { get; protected set; } = new HashSet<Tag>();
    public virtual IList<Sku> Skus { get; protected set; } = [];
}
