namespace Storefront.Domain;

public class Review
{
    public virtual int Id { get; protected set; }
    public virtual Product Product { get; set; } = null!;

    /// <summary>Null for a visitor who did not sign in.</summary>
    public virtual Customer? Author { get; set; }
    public virtual int Rating { get; set; }
    public virtual string Text { get; set; } = "";
    public virtual bool Approved { get; set; }
    public virtual bool Read { get; set; }
    public virtual DateTime WrittenOn { get; set; }
}
