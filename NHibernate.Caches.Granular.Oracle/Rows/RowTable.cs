namespace NHibernate.Caches.Granular.Oracle.Rows;

internal enum RowKind
{
    Shelf,
    Item,
    Doc,
    Note,
    Memo,
}

/// <summary>The hot rows, numbered from 0, so that what is known of them fits into arrays. Thread-safe: immutable.</summary>
/// <param name="rowsPerKind">How many rows there are of each kind but shelves; 63 at most, for items are held as bits.</param>
internal sealed class RowTable(int rowsPerKind)
{
    public const int Shelves = 4;
    public const int Tags = 3;

    public int RowsPerKind { get; } = rowsPerKind is > 0 and < 64 ? rowsPerKind : throw new ArgumentOutOfRangeException(nameof(rowsPerKind));

    public int Count => Shelves + (4 * RowsPerKind);

    public static int ShelfOf(int item) => 1 + (item % Shelves);

    public static RowKind KindOf(System.Type entity) => Enum.Parse<RowKind>(entity.Name);

    public int Of(RowKind kind, int id) => kind == RowKind.Shelf ? id - 1 : Shelves + (((int)kind - 1) * RowsPerKind) + id - 1;

    public int Of<T>(int id) => Of(Kind<T>.Value, id);

    public string NameOf(int row) => row < Shelves ? $"Shelf#{row + 1}" : $"{RowKind.Item + ((row - Shelves) / RowsPerKind)}#{1 + ((row - Shelves) % RowsPerKind)}";

    private static class Kind<T>
    {
        public static readonly RowKind Value = KindOf(typeof(T));
    }
}
