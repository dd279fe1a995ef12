namespace NHibernate.Caches.Granular.Servers.Redis;

/// <summary>Open at first; while it is closed, who comes waits. Thread-safe.</summary>
internal sealed class Gate
{
    private volatile TaskCompletionSource? _closed;

    public void Close() => _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.TrySetResult();
    }

    public async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        // It may have been closed again before we went through.
        while (_closed is { } closed)
            await closed.Task.WaitAsync(cancellationToken);
    }
}
