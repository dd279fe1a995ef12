using NHibernate.Caches.Granular.Stores;

namespace NHibernate.Caches.Granular.Flights;

/// <summary>Makes a look-up: reads, and after a miss does what its <see cref="Passage"/> says, in both forms. Thread-safe: stateless.</summary>
internal static class FlightReading
{
    public static ReadResult Read(ILookUp lookUp)
    {
        var read = lookUp.Store.Read(lookUp.Key, lookUp.Shapes, lookUp.AsOf);
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

    public static async ValueTask<ReadResult> ReadAsync(ILookUp lookUp, CancellationToken cancellationToken)
    {
        var read = await lookUp.Store.ReadAsync(lookUp.Key, lookUp.Shapes, lookUp.AsOf, cancellationToken).ConfigureAwait(false);
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
