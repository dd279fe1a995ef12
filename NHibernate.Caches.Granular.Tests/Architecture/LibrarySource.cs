using System.Runtime.CompilerServices;

namespace NHibernate.Caches.Granular.Tests.Architecture;

/// <summary>The source of the library, as written. Thread-safe: immutable.</summary>
internal static class LibrarySource
{
    public static string Directory { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", DependencyArrows.Root));

    /// <summary>Path within the library, and text.</summary>
    public static IReadOnlyList<(string Path, string Text)> Files { get; } = Read("*.cs");

    /// <summary>The scripts that a Redis server runs.</summary>
    public static IReadOnlyList<(string Path, string Text)> Scripts { get; } = Read("*.lua");

    public static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static IReadOnlyList<(string Path, string Text)> Read(string pattern) =>
    [
        .. System.IO.Directory.EnumerateFiles(Directory, pattern, SearchOption.AllDirectories)
            .Select(path => (Path: Path.GetRelativePath(Directory, path).Replace('\\', '/'), path))
            .Where(file => !file.Path.StartsWith("obj/", StringComparison.Ordinal) && !file.Path.StartsWith("bin/", StringComparison.Ordinal))
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => (file.Path, File.ReadAllText(file.path))),
    ];
}
