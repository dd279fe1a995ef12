using System.Text.Json;
using NHibernate.Caches.Granular.Tests.Mutations;

namespace NHibernate.Caches.Granular.Mutations;

/// <summary>
/// Compiles the library with one piece replaced: the very arguments of its build, one source file or embedded script exchanged, by the
/// compiler's server, which keeps everything else in memory. Thread-safe: immutable.
/// </summary>
internal sealed class Compiler
{
    private const string Library = "NHibernate.Caches.Granular";

    // Of a build's arguments these name its outputs, or find faults of style, which a mutant may have.
    private static readonly string[] s_left = ["/analyzer:", "/analyzerconfig:", "/warnaserror", "/out:", "/refout:", "/debug", "/embed", "/noconfig"];

    private readonly string _compiler;
    private readonly ImmutableArray<string> _arguments;

    private Compiler(string compiler, ImmutableArray<string> arguments) => (_compiler, _arguments) = (compiler, arguments);

    /// <summary>Asks the build how it compiles the library.</summary>
    public static async Task<Compiler> CreateAsync()
    {
        var answer = await Command.RunAsync(Library, TimeSpan.FromMinutes(2), "dotnet", "msbuild", "-getItem:CscCommandLineArgs", "-getProperty:RoslynTargetsPath", "-target:PrepareResources;Compile",
            "-property:ProvideCommandLineArgs=true", "-property:SkipCompilerExecution=true", "-property:NonExistentFile=none", "-property:Configuration=Release");
        using var json = JsonDocument.Parse(answer.Output);
        var arguments = json.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!);
        var roslyn = json.RootElement.GetProperty("Properties").GetProperty("RoslynTargetsPath").GetString()!;
        return new Compiler(Path.Combine(roslyn, "bincore", "csc.dll"), [.. arguments.Where(argument => !s_left.Any(argument.StartsWith))]);
    }

    /// <returns>The path of the mutated library.</returns>
    /// <exception cref="InvalidOperationException">The piece is not there, or the mutant does not compile: the list is wrong.</exception>
    public async Task<string> CompileAsync(Mutation mutation, string directory)
    {
        Directory.CreateDirectory(directory);
        var source = Path.Combine(directory, Path.GetFileName(mutation.File));
        await File.WriteAllTextAsync(source, mutation.ApplyTo(await File.ReadAllTextAsync(Path.Combine(Library, mutation.File))));
        var output = Path.Combine(directory, Library + ".dll");
        var original = Path.GetFullPath(Path.Combine(Library, mutation.File));
        var arguments = _arguments.Select(argument => Exchanged(argument, original, source)).ToList();
        if (arguments.SequenceEqual(_arguments))
            throw new InvalidOperationException($"{mutation.Name}: the build does not compile {mutation.File}.");
        var response = Path.Combine(directory, "arguments.rsp");
        await File.WriteAllLinesAsync(response, arguments.Append("/warn:0").Append($"/out:{output}").Select(Quoted));
        var (exit, text, _) = await Command.RunAsync(Library, TimeSpan.FromMinutes(2), "dotnet", _compiler, "-shared", "-noconfig", "-nologo", $"@{response}");
        return exit == 0 ? output : throw new InvalidOperationException($"{mutation.Name} does not compile:\n{text}");
    }

    // What is embedded has its path behind the option's name, and before the name that it is found by.
    private static string Exchanged(string argument, string original, string mutant)
    {
        const string embedded = "/resource:";
        var start = argument.StartsWith(embedded, StringComparison.Ordinal) ? embedded.Length : 0;
        var end = start > 0 && argument.Contains(',', StringComparison.Ordinal) ? argument.IndexOf(',', StringComparison.Ordinal) : argument.Length;
        return Path.GetFullPath(argument[start..end], Path.GetFullPath(Library)) == original ? argument[..start] + mutant + argument[end..] : argument;
    }

    private static string Quoted(string argument) => argument.Contains(' ', StringComparison.Ordinal) && !argument.Contains('"', StringComparison.Ordinal) ? $"\"{argument}\"" : argument;
}
