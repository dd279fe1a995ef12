namespace NHibernate.Caches.Granular.Serialization;

/// <summary>
/// What a field of a payload holds: the field's number in the sense of protobuf. The first fifteen take one byte, so they are the
/// frequent ones. The numbers are in stored bytes and never used again; docs/wire-format.md says how each value is written.
/// </summary>
internal enum PayloadTag
{
    Constant = 1,
    Int32 = 2,
    Int64 = 3,
    String = 4,
    Array = 5,
    List = 6,
    Entity = 7,
    Item = 8,
    Collection = 9,
    Guid = 10,
    DateTime = 11,
    Decimal = 12,
    Double = 13,
    Bytes = 14,
    Int16 = 15,
    Byte = 16,
    SByte = 17,
    UInt16 = 18,
    UInt32 = 19,
    UInt64 = 20,
    Char = 21,
    Single = 22,
    DateTimeOffset = 23,
    TimeSpan = 24,
    DateOnly = 25,
    TimeOnly = 26,
    BigInteger = 27,
    AbsoluteUri = 28,
    RelativeUri = 29,
    AnyReference = 30,
    Registered = 31,
    ArrayList = 32,
    Hashtable = 33,
    TypedArray = 34,
    Int32Run = 35,
    Int64Run = 36,
    UnpairedText = 37,
    FullResult = 38,
}
