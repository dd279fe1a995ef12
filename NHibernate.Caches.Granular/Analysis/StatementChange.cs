using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;

namespace NHibernate.Caches.Granular.Analysis;

/// <summary>
/// What one executed statement changed, as far as the statement itself shows (I4). A statement that only reads has no rows and
/// does not move the scope. Thread-safe: immutable.
/// </summary>
/// <param name="Rows">Changes by table, cascades of foreign keys included.</param>
/// <param name="MovesScope">The statement could not be understood, or may change anything.</param>
/// <param name="ChangesSchema">Data definition: the catalog must be read again.</param>
/// <param name="Findings">Why it is coarser than row by row.</param>
internal sealed record StatementChange(
    ImmutableArray<RowChange> Rows,
    bool MovesScope,
    bool ChangesSchema,
    ImmutableArray<CoarseFinding> Findings)
{
    public static readonly StatementChange Nothing = new([], false, false, []);

    /// <summary>A change of unknown content, such as a stored procedure's.</summary>
    public static StatementChange OfUnknown(string detail) => new([], true, false, [new CoarseFinding(CoarseReason.NotParsed, detail)]);

    /// <summary>
    /// The statement changed the session itself (search path, role, transaction control): nothing more is known of what later
    /// statements of this connection mean.
    /// </summary>
    public bool ChangesSession { get; init; }

    /// <summary>It began, prepared or ended a transaction: what NHibernate says of a commit need not be what became of the changes.</summary>
    public bool ControlsTransaction { get; init; }

    public bool IsNothing => Rows.IsEmpty && !MovesScope && !ChangesSession;
}
