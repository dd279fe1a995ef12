using System.Diagnostics;

namespace Storefront.Sharing;

/// <summary>A <see cref="ShopNode"/>, as the process that has started it knows it. Not thread-safe.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;

    public NodeProcess(params string[] settings)
    {
        // Either the program's own file runs, or the runtime's host with the program as its argument.
        var program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? ["exec", typeof(NodeProcess).Assembly.Location, ShopNode.Verb] : [ShopNode.Verb];
        _process = Process.Start(new ProcessStartInfo(program, [.. arguments, .. settings]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Hear();
    }

    public int Id => _process.Id;

    public Reply Ask(int question) => Reply.Read(Say("ask", question));

    public void Change(int number) => Say("change", number);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Say(string what, int number)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {number}"));
        _process.StandardInput.Flush();
        return Hear();
    }

    private string Hear() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("A process of the shop has ended; what it says about that is above.");
}
