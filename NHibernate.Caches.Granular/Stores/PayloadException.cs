namespace NHibernate.Caches.Granular.Stores;

/// <summary>
/// Bytes are not a payload that this process can read: foreign, truncated, corrupt, or of another version. Who reads an entry meets
/// it as a miss. Thread-safe: immutable.
/// </summary>
internal sealed class PayloadException : Exception
{
    public PayloadException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong with the bytes; never what they hold.</param>
    /// <param name="cause">What reading them threw.</param>
    public PayloadException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
