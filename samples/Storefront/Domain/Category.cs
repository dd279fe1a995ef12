namespace Storefront.Domain;

/// <summary>A shelf of the shop. Shelves form a tree.</summary>
public class Category
{
    public virtual int Id { get; protected set; }
    public virtual string Name { get; set; } = "";
    public virtual Category? Parent { get; set; }
    public virtual int Position { get; set; }
    public virtual bool Visible { get; set; } = true;
    public virtual IList<Category> Children { get; protected set; } = [];
}
