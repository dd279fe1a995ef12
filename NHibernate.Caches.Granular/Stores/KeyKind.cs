namespace NHibernate.Caches.Granular.Stores;

/// <summary>
/// The first of the <see cref="EntryKey.Parts"/>: a query and an entity stay apart also where their regions have one name. The
/// numbers are in stored keys and never used again.
/// </summary>
internal enum KeyKind
{
    Region = 1,
    Query = 2,
    Function = 3,
}
