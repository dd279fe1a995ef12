# ./build.ps1 [demo | test | stale | mutations | benchmark | clean]: everything else is in build.cake.
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Position = 0)] [string] $Target = 'test',
    [Parameter(ValueFromRemainingArguments)] [string[]] $Rest = @()
)
Set-Location $PSScriptRoot
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    Write-Error 'The .NET 10 SDK is needed: https://dotnet.microsoft.com/download/dotnet/10.0'
    exit 1
}
$log = dotnet tool restore 2>&1
if ($LASTEXITCODE -ne 0) { Write-Error ($log | Out-String); exit 1 }
dotnet cake build.cake --verbosity=quiet --target=$Target @Rest
exit $LASTEXITCODE
