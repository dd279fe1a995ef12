#!/usr/bin/env bash
# ./build.sh [demo | test | stale | mutations | benchmark | clean]: everything else is in build.cake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi
log=$(dotnet tool restore 2>&1) || { echo "$log" >&2; exit 1; }
exec dotnet cake build.cake --verbosity=quiet --target="${1:-test}" "${@:2}"
