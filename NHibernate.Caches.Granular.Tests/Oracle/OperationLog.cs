using System.Collections.Concurrent;
using System.Diagnostics;

namespace NHibernate.Caches.Granular.Tests.Oracle;

/// <summary>The last operations of all workers, in the order of time. Thread-safe.</summary>
internal sealed class OperationLog
{
    private const int Kept = 500;

    private readonly ConcurrentQueue<(long At, string Text)> _operations = new();
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    public void Write(string worker, string operation)
    {
        _operations.Enqueue((Stopwatch.GetTimestamp(), $"{worker}: {operation}"));
        while (_operations.Count > Kept)
            _operations.TryDequeue(out _);
    }

    public string Last(int count) => string.Join('\n', _operations.OrderBy(operation => operation.At).TakeLast(count)
        .Select(operation => string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_startedAt, operation.At).TotalMilliseconds,10:F2} ms {operation.Text}")));
}
