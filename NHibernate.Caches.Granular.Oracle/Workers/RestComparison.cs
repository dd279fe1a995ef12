using NHibernate.Caches.Granular.Oracle.Pauses;

namespace NHibernate.Caches.Granular.Oracle.Workers;

/// <summary>Compares every answer with the database when nobody writes any more. Not thread-safe.</summary>
internal sealed class RestComparison(OracleWorld world)
{
    private readonly Sight _real = new(world.Rows);
    private readonly Sight _cached = new(world.Rows);
    private readonly Worker _worker = new(null);

    /// <returns>How many answers were compared, and how many of them came from what the workers left.</returns>
    public (int Compared, int Left) Compare()
    {
        Worker.Current = _worker;
        // First without putting anything, so that all that the workers left is seen and nothing else.
        var left = CompareAll(CacheMode.Get, "as the workers left it");
        var compared = left.Compared;
        // Then what a first asking puts and a second finds.
        foreach (var time in new[] { "asked again", "asked a third time" })
            compared += CompareAll(CacheMode.Normal, time).Compared;
        Worker.Current = null;
        return (compared, left.Hits);
    }

    private (int Compared, int Hits) CompareAll(CacheMode mode, string time)
    {
        var (compared, hits) = (0, 0);
        foreach (var factory in world.Factories)
        {
            foreach (var reading in Reading.All)
            {
                for (var n = 1; n <= reading.Choices(world.Rows); n++)
                {
                    var realFault = Look(factory, reading, n, CacheMode.Ignore, _real);
                    var selects = _worker.Selects;
                    var fault = Look(factory, reading, n, mode, _cached);
                    compared++;
                    if (_worker.Selects == selects)
                        hits++;
                    if (fault != realFault || !_cached.IsSame(_real))
                        world.Found(FindingKind.WrongAtRest, reading.Name, $"{n}, {time}: {fault} {_cached}; the database has {realFault} {_real}");
                }
            }
        }
        return (compared, hits);
    }

    private static string? Look(ISessionFactory factory, Reading reading, int n, CacheMode mode, Sight sight)
    {
        using var session = factory.OpenSession();
        session.CacheMode = mode;
        sight.Clear();
        try
        {
            reading.Look(session, n, sight);
            return null;
        }
        catch (HibernateException exception)
        {
            return exception.Message;
        }
    }
}
