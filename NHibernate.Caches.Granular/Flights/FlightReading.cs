using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Flights;

/// <summary>Makes a look-up: reads, and after a miss does what its <see cref="Passage"/> says, in both forms. Thread-safe: stateless.</summary>
internal static class FlightReading
{
    public static ReadResult Read(ILookUp lookUp) => Join(lookUp, lookUp.Store.Read(lookUp.Key, lookUp.Shapes, lookUp.AsOf));

    public static async ValueTask<ReadResult> ReadAsync(ILookUp lookUp, CancellationToken cancellationToken)
    {
        var read = await lookUp.Store.ReadAsync(lookUp.Key, lookUp.Shapes, lookUp.AsOf, cancellationToken).ConfigureAwait(false);
        return await JoinAsync(lookUp, read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes look-ups of one session: reads together, and then goes on with each that missed by itself.</summary>
    public static ReadResult[] ReadMany(IReadOnlyList<ILookUp> lookUps)
    {
        if (lookUps is not [var first, ..])
            return [];
        // What is of one session is of one database and one snapshot.
        var reads = first.Store.ReadMany(Together(lookUps), first.AsOf);
        for (var i = 0; i < reads.Length; i++)
            reads[i] = Join(lookUps[i], reads[i]);
        return reads;
    }

    /// <inheritdoc cref="ReadMany"/>
    public static async ValueTask<ReadResult[]> ReadManyAsync(IReadOnlyList<ILookUp> lookUps, CancellationToken cancellationToken)
    {
        if (lookUps is not [var first, ..])
            return [];
        var reads = await first.Store.ReadManyAsync(Together(lookUps), first.AsOf, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < reads.Length; i++)
            reads[i] = await JoinAsync(lookUps[i], reads[i], cancellationToken).ConfigureAwait(false);
        return reads;
    }

    private static LookUp[] Together(IReadOnlyList<ILookUp> lookUps) => [.. lookUps.Select(lookUp => new LookUp(lookUp.Key, lookUp.Shapes))];

    private static ReadResult Join(ILookUp lookUp, ReadResult read)
    {
        if (read.Entry is not null || lookUp.Board() is not { } passage)
            return read;
        try
        {
            for (var step = passage.Next(read); step.Kind != StepKind.Done;)
            {
                if (step.Kind == StepKind.Ask)
                {
                    step = passage.Asked(lookUp.Store.TryLead(lookUp.Key, step.Flight!.Token, passage.Lease));
                    continue;
                }
                if (step.Kind == StepKind.Wait)
                    step.Flight!.Ended.Wait(step.Limit);
                else if (step.Kind == StepKind.Pause)
                    Thread.Sleep(step.Limit);
                read = lookUp.Store.Read(lookUp.Key, lookUp.Shapes, lookUp.AsOf);
                step = passage.Next(read);
            }
            return read;
        }
        catch
        {
            passage.Abandon();
            throw;
        }
    }

    private static async ValueTask<ReadResult> JoinAsync(ILookUp lookUp, ReadResult read, CancellationToken cancellationToken)
    {
        if (read.Entry is not null || lookUp.Board() is not { } passage)
            return read;
        try
        {
            for (var step = passage.Next(read); step.Kind != StepKind.Done;)
            {
                if (step.Kind == StepKind.Ask)
                {
                    step = passage.Asked(await lookUp.Store.TryLeadAsync(lookUp.Key, step.Flight!.Token, passage.Lease).ConfigureAwait(false));
                    continue;
                }
                if (step.Kind == StepKind.Wait)
                    await ((Task)step.Flight!.Ended).WaitAsync(step.Limit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                else if (step.Kind == StepKind.Pause)
                    await Task.Delay(step.Limit, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                read = await lookUp.Store.ReadAsync(lookUp.Key, lookUp.Shapes, lookUp.AsOf, cancellationToken).ConfigureAwait(false);
                step = passage.Next(read);
            }
            passage.Led?.EndOn(cancellationToken);
            return read;
        }
        catch
        {
            passage.Abandon();
            throw;
        }
    }
}
