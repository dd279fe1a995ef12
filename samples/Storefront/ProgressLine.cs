using Spectre.Console;

namespace Storefront;

internal sealed class ProgressLine(ProgressTask line) : IProgress<double>
{
    public void Report(double value) => line.Value = value * line.MaxValue;
}
