using System.Data.Common;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>A value in a template: a parameter, a literal, or the NULL of IS NULL. Thread-safe: immutable.</summary>
internal abstract record Operand
{
    /// <summary>
    /// The operand's value in the form of a column; null when it does not convert exactly. A parameter's value may be given as the
    /// <see cref="DbParameter"/> itself, which tells more.
    /// </summary>
    public ColumnValue? ValueFor(ColumnInfo column, IReadOnlyList<object?> values) => this switch
    {
        Parameter parameter => values[parameter.Index] is DbParameter sent ? column.Form.Convert(sent) : column.Form.Convert(values[parameter.Index]),
        Literal { IsNumber: true } when column.Form is not IntegerForm => null,
        Literal literal => column.Form.ConvertLiteral(literal.Text),
        _ => ColumnValue.Null,
    };

    /// <param name="Index">The position among the template's parameters, from 0 in order of appearance.</param>
    public sealed record Parameter(int Index) : Operand
    {
        public override string ToString() => $"?{Index}";
    }

    /// <param name="Text">As <see cref="ValueForm.ConvertLiteral"/> takes it.</param>
    public sealed record Literal(string Text) : Operand
    {
        /// <summary>A number: no literal of a column of another type.</summary>
        public bool IsNumber { get; init; }

        public override string ToString() => Text;
    }

    /// <summary>Matches NULL, as IS NULL does; <c>= NULL</c> matches nothing and leaves no operand.</summary>
    public sealed record IsNull : Operand
    {
        public override string ToString() => "null";
    }
}
