namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// The frame of a payload: one byte that says it is one, the version of the format, the value, and a CRC-32 of all before it, least
/// byte first. See docs/wire-format.md.
/// </summary>
internal static class PayloadFormat
{
    /// <summary>The first byte.</summary>
    public const byte Mark = 0xC7;

    /// <summary>
    /// The second byte. Raised when bytes of before would be read as something else, or bytes of now by a process of before; a new tag
    /// alone needs no new version, since it is refused where it is not known.
    /// </summary>
    public const byte Version = 1;

    public const int HeaderLength = 2;

    public const int ChecksumLength = 4;

    /// <summary>How deep values may be nested; so that no bytes, and no value that holds itself, exhaust the stack.</summary>
    public const int MaxDepth = 64;

    /// <summary>From how many neighbours of one integer type on they are written as one packed field.</summary>
    public const int LeastRun = 4;
}
