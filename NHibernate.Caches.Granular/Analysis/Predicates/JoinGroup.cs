using NHibernate.Caches.Granular.Analysis.Sql;

namespace NHibernate.Caches.Granular.Analysis.Predicates;

/// <summary>A FROM clause with its names bound: a source, or two sides and their condition. RIGHT is turned into LEFT. Not thread-safe: one per analysis.</summary>
internal abstract class FromNode
{
    public abstract IEnumerable<Source> Sources { get; }
}

/// <summary>One source. Not thread-safe: one per analysis.</summary>
internal sealed class FromLeaf(Source source) : FromNode
{
    public Source Source { get; } = source;

    public override IEnumerable<Source> Sources => [Source];
}

/// <summary>Two sides joined. Not thread-safe: one per analysis.</summary>
internal sealed class FromJoin(JoinKind kind, FromNode left, FromNode right) : FromNode
{
    public JoinKind Kind { get; } = kind;

    public FromNode Left { get; } = left;

    public FromNode Right { get; } = right;

    /// <summary>The formula of ON.</summary>
    public Formula Condition { get; set; } = Formula.True;

    /// <summary>The queries in ON.</summary>
    public ImmutableArray<QueryAnalysis> Subqueries { get; set; } = [];

    public override IEnumerable<Source> Sources => [.. Left.Sources, .. Right.Sources];
}

/// <summary>
/// Pass: which conditions restrict which source. A group is the sources of a FROM clause that are all present in every row of its
/// result; every condition of WHERE and of the inner joins in it restricts all of them. What is joined from outside is a group of its
/// own: its ON restricts it, and so does what is known of the group without it — but not a condition of WHERE on itself, for a row
/// that fails it still takes the place of the NULLs. If WHERE rejects these NULLs, the join is an inner one. Not thread-safe: one per analysis.
/// </summary>
internal sealed class JoinGroup
{
    private readonly List<FromLeaf> _leaves = [];
    private readonly List<FromJoin> _outer = [];
    private readonly List<Formula> _known;
    private readonly List<QueryAnalysis> _subqueries = [];

    private readonly AnalysisState _state;

    private JoinGroup(IEnumerable<FromNode> nodes, IEnumerable<Formula> known, AnalysisState state)
    {
        _state = state;
        _known = [.. known];
        foreach (var node in nodes)
            Take(node);
        for (var i = 0; i < _outer.Count;)
            i = TryReduce(_outer[i]) ? 0 : i + 1;
    }

    /// <summary>
    /// Restricts every source below some nodes that are joined crosswise, completes the queries in their ON clauses, and returns what
    /// holds for every row of the result.
    /// </summary>
    public static ImmutableArray<Formula> Restrict(IEnumerable<FromNode> nodes, IEnumerable<Formula> known, AnalysisState state) =>
        new JoinGroup(nodes, known, state).Finish();

    private void Take(FromNode node)
    {
        switch (node)
        {
            case FromLeaf leaf:
                _leaves.Add(leaf);
                break;
            case FromJoin { Kind: JoinKind.Inner } join:
                TakeInner(join);
                break;
            case FromJoin { Kind: JoinKind.Left } join:
                Take(join.Left);
                _outer.Add(join);
                break;
            case FromJoin join:
                _outer.Add(join);
                break;
        }
    }

    private void TakeInner(FromJoin join)
    {
        _known.AddRange(join.Condition.Conjuncts);
        _subqueries.AddRange(join.Subqueries);
        Take(join.Left);
        Take(join.Right);
    }

    /// <summary>Makes a join stricter where the rows that would be filled up with NULL cannot survive.</summary>
    private bool TryReduce(FromJoin join)
    {
        var rejectsRight = Rejects(join.Right);
        if (join.Kind == JoinKind.Left)
        {
            if (!rejectsRight)
                return false;
            _outer.Remove(join);
            _known.AddRange(join.Condition.Conjuncts);
            _subqueries.AddRange(join.Subqueries);
            Take(join.Right);
            return true;
        }
        var rejectsLeft = Rejects(join.Left);
        if (!rejectsLeft && !rejectsRight)
            return false;
        _outer.Remove(join);
        if (rejectsLeft && rejectsRight)
            TakeInner(join);
        else
            Take(Left(join, preserved: rejectsLeft ? join.Left : join.Right, optional: rejectsLeft ? join.Right : join.Left));
        return true;
    }

    private static FromJoin Left(FromJoin join, FromNode preserved, FromNode optional) =>
        new(JoinKind.Left, preserved, optional) { Condition = join.Condition, Subqueries = join.Subqueries };

    private bool Rejects(FromNode side)
    {
        if (!_state.Spend(_known.Count + 1))
            return false;
        var sources = side.Sources.ToHashSet();
        return _known.Exists(formula => formula.Rejects(sources));
    }

    private ImmutableArray<Formula> Finish()
    {
        ImmutableArray<Formula> known = [.. _known];
        foreach (var leaf in _leaves)
            leaf.Source.Restriction = known;
        foreach (var query in _subqueries)
            query.Complete(known);
        foreach (var join in _outer)
            Finish(join, known);
        return known;
    }

    private void Finish(FromJoin join, ImmutableArray<Formula> known)
    {
        if (join.Kind == JoinKind.Left)
        {
            var optional = join.Right.Sources.ToHashSet();
            var inherited = _state.Spend(known.Length) ? known.Select(formula => formula.Without(optional)) : [];
            var right = Restrict([join.Right], [.. inherited, .. join.Condition.Conjuncts], _state);
            foreach (var query in join.Subqueries)
                query.Complete(right);
            return;
        }
        // FULL: a row of either side, matching or not, takes the place of NULLs on the other.
        Restrict([join.Left], [], _state);
        Restrict([join.Right], [], _state);
        foreach (var query in join.Subqueries)
            query.Complete([]);
    }
}
