using NHibernate.Caches.Granular.Diagnostics;
using NHibernate.Caches.Granular.Stamps;
using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>One entry that is looked up, and what became of it. Not thread-safe: belongs to one look-up.</summary>
/// <param name="key">The entry's key in full.</param>
/// <param name="name">Under which it is kept.</param>
/// <param name="shapes">Those of what reads it.</param>
internal sealed class EntryLookUp(byte[] key, RedisKey name, ImmutableArray<Shape> shapes)
{
    private byte[]? _fetched;

    public RedisKey Name => name;

    public ImmutableArray<Shape> Shapes => shapes;

    /// <summary>How often it was asked for again, because its shapes had to be registered anew.</summary>
    public int Repetitions { get; set; }

    /// <summary>Of an entry that was fetched apart from its stamps: the head with the keys of what it depends on, and what fetching it said.</summary>
    public (ReadOnlyMemory<byte> Head, string Said) Fetched { get; private set; }

    /// <summary>Why there is no <see cref="Payload"/>.</summary>
    public MissReason Reason { get; private set; }

    /// <summary>The payload of a hit.</summary>
    public ReadOnlyMemory<byte>? Payload { get; private set; }

    /// <summary>The server that keeps the entry has answered.</summary>
    public void Take(RedisReply reply)
    {
        Fetched = (default, reply.Status);
        if (reply.Status != "Found")
            return;
        try
        {
            _fetched = reply.Bytes(0);
            Fetched = (EntryEnvelope.Head(_fetched), reply.Status);
        }
        catch (PayloadException)
        {
            Fetched = (default, nameof(MissReason.Foreign));
        }
    }

    /// <summary>It is valid.</summary>
    /// <param name="entry">The entry; empty when it was fetched before.</param>
    public void Hit(byte[] entry)
    {
        try
        {
            Payload = EntryEnvelope.PayloadOf(_fetched ?? entry, key);
            Reason = Payload is null ? MissReason.NotFound : MissReason.None;
        }
        catch (PayloadException)
        {
            Reason = MissReason.Foreign;
        }
    }

    public void Miss(MissReason reason) => Reason = reason;
}
