using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using NHibernate.Engine;

namespace NHibernate.Caches.Granular.Invalidation;

/// <summary>
/// Stands in the place of the database for a query of which only is to be known what it would ask: takes its command, bound to its
/// values, and stops it. No connection is opened, nothing is executed or flushed. Not thread-safe: belongs to one session.
/// </summary>
internal class CommandProbe
{
    /// <summary>The text of the command that was taken last; null before the first.</summary>
    public string? Sql { get; private set; }

    /// <summary>Its parameters, in the order of the text.</summary>
    public DbParameter[] Values { get; private set; } = [];

    /// <exception cref="Stop">Always, to be caught by whoever asked.</exception>
    [DoesNotReturn]
    public void Take(DbCommand command)
    {
        (Sql, Values) = (command.CommandText, [.. command.Parameters.Cast<DbParameter>()]);
        throw new Stop();
    }

    /// <summary>Has a query run into the probe.</summary>
    /// <returns>Whether it did; if not, it has ended without asking the database.</returns>
    /// <exception cref="Exception">NHibernate did not understand the query.</exception>
    public bool Stops(ISessionImplementor session, ConnectionWatch watch, System.Action query)
    {
        using var unflushed = new Unflushed(session);
        watch.Probe = this;
        try
        {
            query();
            return false;
        }
        catch (Exception exception) when (exception.GetBaseException() is Stop)
        {
            return true;
        }
        finally
        {
            watch.Probe = null;
        }
    }

#pragma warning disable CA1064, CA1032 // It never leaves the library: it only unwinds NHibernate's call.
    private sealed class Stop : Exception;
#pragma warning restore CA1064, CA1032
}
