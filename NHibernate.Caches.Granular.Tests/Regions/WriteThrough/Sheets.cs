namespace NHibernate.Caches.Granular.Tests.Regions.WriteThrough;

// The namespace has no entity that its tests do not write through.

public enum Level
{
    Low,
    High = 7,
}

/// <summary>A property of every type that is read as it was written.</summary>
public class Sheet
{
    public virtual int Id { get; set; }

    public virtual long? Large { get; set; }

    public virtual int? Number { get; set; }

    public virtual short Small { get; set; }

    public virtual byte Tiny { get; set; }

    public virtual bool Flag { get; set; }

    public virtual Guid? Mark { get; set; }

    public virtual string? Text { get; set; }

    public virtual string? Short10 { get; set; }

    public virtual string? Clob { get; set; }

    public virtual string? Ansi { get; set; }

    public virtual Level Level { get; set; }

    public virtual Sheet? Parent { get; set; }

    public virtual IList<Sheet> Children { get; protected set; } = [];
}

public class VersionedSheet
{
    public virtual int Id { get; set; }

    public virtual int Version { get; set; }

    public virtual string Text { get; set; } = "";
}

/// <summary>The base of classes that each have something by which what is read may differ from what was written.</summary>
public abstract class OddSheet
{
    public virtual int Id { get; set; }

    public virtual string? Text { get; set; }

    public virtual int Number { get; set; }
}

public class TriggeredSheet : OddSheet;

public class PaddedSheet : OddSheet;

public class DynamicSheet : OddSheet;

public class FormulaSheet : OddSheet;

public class ConditionalSheet : OddSheet;

public class DefaultedSheet : OddSheet;

public class UnwrittenSheet : OddSheet;

public class RoundedSheet : OddSheet
{
    public virtual decimal Price { get; set; }
}

/// <summary>The second property shows what is written from the first.</summary>
public class TwinSheet : OddSheet
{
    public virtual int Twin { get; set; }
}

/// <summary>Its text refers to the name of another sheet, or its own, and follows it.</summary>
public class LoopSheet : OddSheet
{
    public virtual string Name { get; set; } = "";
}

public class FoldedSheet : OddSheet
{
    public virtual string Word { get; set; } = "";
}

public class OwnSqlSheet : OddSheet;

public class FamilySheet : OddSheet;

public class ChildSheet : FamilySheet;

public class IdentitySheet : OddSheet;
