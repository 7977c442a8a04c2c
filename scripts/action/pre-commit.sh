#!/usr/bin/env bash
# The hook of .pre-commit-hooks.yaml: checks and tests the policy folder that is named, rego where none is.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for verb in check test; do
  node "$root/scripts/run.mjs" serve -- node "$root/gateway/main.ts" policy "$verb" "${1:-rego}"
done
