using NHibernate.Caches.Granular.Analysis.Sql;
using NHibernate.Caches.Granular.Values;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>The analysis of one SELECT: <see cref="Complete"/> lists its passes. Not thread-safe: one per analysis.</summary>
internal sealed class SelectAnalysis : ArmAnalysis
{
    private readonly Select _select;
    private readonly AnalysisState _state;
    private readonly Scope _scope;
    private readonly FromBinder _from;

    public SelectAnalysis(Select select, Scope parent, AnalysisState state)
    {
        (_select, _state, _scope) = (select, state, new Scope(parent));
        _from = new FromBinder(_scope, parent, state);
        _from.Bind(select.From);
        Outputs = select.Items.Any(item => item.IsStar) ? null : [.. select.Items.Select(Output)];
    }

    public override void Complete(ItemUse use, ImmutableArray<Formula> known, QuerySource? target, ImmutableArray<Expression> orderBy)
    {
        var references = new ReferencePass(_scope, _state);
        var formulas = new FormulaBuilder(_scope);

        var where = formulas.Build(_select.Where);
        references.Visit(_select.Where);
        var whereQueries = references.TakeSubqueries();
        _from.Complete(references, formulas);
        MarkOthers(references, use, orderBy);
        MarkItems(references, use);
        var otherQueries = references.TakeSubqueries();

        var group = JoinGroup.Restrict(_from.Nodes, [.. where.Conjuncts, .. target is null ? known : Translate(known, target)], _state);
        foreach (var query in whereQueries)
            query.Complete(group);
        foreach (var query in otherQueries)
            query.Complete(HoldsForItems(group));
        _from.CompleteDerivedTables();
    }

    /// <summary>
    /// An aggregate without GROUP BY gives a row even when nothing passes WHERE, so a WHERE that never holds says nothing of the
    /// queries beside it.
    /// </summary>
    private static ImmutableArray<Formula> HoldsForItems(ImmutableArray<Formula> group) =>
        [.. group.Where(formula => formula is not Formula.AnyOf { Parts.IsEmpty: true })];

    private void MarkOthers(ReferencePass references, ItemUse use, ImmutableArray<Expression> orderBy)
    {
        references.Visit(_select.Windows);
        foreach (var expression in (ReadOnlySpan<Expression>)[.. _select.DistinctOn, .. _select.GroupBy, .. orderBy])
            MarkByOutput(expression, references, use);
        if (_select.Having is { } having)
            MarkByOutput(having, references, use);
    }

    /// <summary>Marks an expression that may name output columns, or number them.</summary>
    private void MarkByOutput(Expression expression, ReferencePass references, ItemUse use)
    {
        if (expression is Literal { Kind: LiteralKind.Number } number)
        {
            if (Outputs is not null && int.TryParse(number.Text, CultureInfo.InvariantCulture, out var position) && position >= 1 && position <= Outputs.Value.Length)
                use.Add(position - 1);
            else
                use.AddAll();
        }
        if (UseOutput(expression, use) && expression is ColumnReference { Path: [var name] } && _scope.Resolve([name]).IsUnknown)
            return;
        references.Visit(expression);
    }

    /// <summary>Whether some name inside is an alias of the select list; those items are then used.</summary>
    private bool UseOutput(Expression expression, ItemUse use)
    {
        var found = false;
        foreach (var reference in expression.DescendantsAndSelf().OfType<ColumnReference>().Where(reference => reference.Path.Length == 1))
        {
            for (var i = 0; i < _select.Items.Length; i++)
            {
                if (_select.Items[i].Alias != reference.Path[0])
                    continue;
                use.Add(i);
                found = true;
            }
        }
        return found;
    }

    private void MarkItems(ReferencePass references, ItemUse use)
    {
        if (_select.IsDistinct && !use.IsHydrating)
            use.AddAll();
        for (var i = 0; i < _select.Items.Length; i++)
        {
            var item = _select.Items[i];
            if (use.Includes(i) || (Outputs is null && !use.IsNone && !use.IsHydrating) || (use.IsHydrating ? IsLink(item) : MayMultiplyRows(item)))
                references.Visit(item.Expression);
            else if (use.IsHydrating && item.Expression is ColumnReference reference)
                MarkKey(item, reference);
        }
    }

    /// <summary>NHibernate's aliases of what belongs to a fetched collection rather than to an entity: keys, indexes and elements.</summary>
    private static bool IsLink(SelectItem item) => item.Alias?.EndsWith("__", StringComparison.Ordinal) == true;

    /// <summary>A function in the select list may return a set.</summary>
    private static bool MayMultiplyRows(SelectItem item) => item.DescendantsAndSelf().Any(node => node is Call { IsGrammar: false });

    private void MarkKey(SelectItem item, ColumnReference reference)
    {
        if (item.IsStar)
        {
            var qualified = reference.Path.Length > 1 ? _scope.Find(reference.Path.AsSpan(0, reference.Path.Length - 1)) : null;
            foreach (var source in qualified is null ? _scope.Sources : [qualified])
                source.UseKey();
            return;
        }
        var resolution = _scope.Resolve(reference.Path);
        foreach (var source in resolution.Candidates.Where(source => source.IsKey(resolution.Name)))
            source.Use(resolution.Name);
        resolution.Row?.UseKey();
    }

    private OutputColumn Output(SelectItem item)
    {
        if (item.Expression is not ColumnReference reference)
            return new OutputColumn(item.OutputName, ValueForm.None, false);
        var resolution = _scope.Resolve(reference.Path);
        return new OutputColumn(
            item.OutputName,
            resolution.Column?.Info.Form ?? ValueForm.None,
            resolution.IsUnknown || resolution.Candidates.Any(source => source.IsKey(resolution.Name)));
    }

    /// <summary>
    /// Says in this SELECT's own columns what the surroundings know of its output: a row that fails it influences nothing, provided
    /// that dropping it here and dropping it outside is the same.
    /// </summary>
    private ImmutableArray<Formula> Translate(ImmutableArray<Formula> known, QuerySource target)
    {
        if (!CommutesWithFilters())
            return QueryAnalysis.Without(known, target);
        return [.. known.Select(formula => formula.Map(atom => atom switch
        {
            Formula.Equal equal when equal.Column.Source == target => TranslateEqual(equal, target),
            Formula.Same same when same.Left.Source == target || same.Right.Source == target =>
                Translate(same.Left, target) is { } left && Translate(same.Right, target) is { } right ? new Formula.Same(left, right) : Formula.True,
            Formula.Opaque => Formula.True,
            _ => atom,
        }))];
    }

    private Formula TranslateEqual(Formula.Equal equal, QuerySource target)
    {
        var isExact = equal.Column.Info.Form != ValueForm.None || equal.Operands.All(operand => operand is Operand.IsNull);
        return isExact && Translate(equal.Column, target) is { } column ? equal with { Column = column } : Formula.True;
    }

    private SourceColumn? Translate(SourceColumn column, QuerySource target)
    {
        if (column.Source != target)
            return column;
        var index = target.IndexOf(column.Info.Name);
        return index >= 0 && index < _select.Items.Length && _select.Items[index].Expression is ColumnReference reference
            ? _scope.Resolve(reference.Path).Column
            : null;
    }

    /// <summary>Whether each output row comes from rows of FROM alone, whatever other rows there are.</summary>
    private bool CommutesWithFilters() =>
        _select.GroupBy.IsEmpty && _select.Having is null && !_select.IsLimited && _select.Items.All(item => !item.IsStar)
        && !_select.DescendantsAndSelf().Any(node => node is ColumnReference { Path: [.., "rownum"] })
        && !_select.Items.Any(MayMultiplyRows);
}
