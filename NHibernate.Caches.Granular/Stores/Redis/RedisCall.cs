using StackExchange.Redis;

namespace NHibernate.Caches.Granular.Stores.Redis;

/// <summary>One round trip: a script with its keys and arguments. Thread-safe: immutable by convention.</summary>
internal sealed record RedisCall(RedisScript Script, RedisKey[] Keys, RedisValue[] Arguments);
