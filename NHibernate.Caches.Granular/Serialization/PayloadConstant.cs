namespace NHibernate.Caches.Granular.Serialization;

/// <summary>Values that say all by being there. The numbers are in stored bytes and never used again.</summary>
internal enum PayloadConstant
{
    Null = 0,
    False = 1,
    True = 2,

    /// <summary>NHibernate's word for a lazy property that was not loaded.</summary>
    UnfetchedProperty = 3,

    /// <summary>NHibernate's word for the identifier of a collection's owner that is not known.</summary>
    UnknownBackReference = 4,

    DBNull = 5,
}
