#!/usr/bin/env bash
# The hook of .pre-commit-hooks.yaml: checks and tests the policy of the sources that are named, `library policy` where none is.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ $# -eq 0 ]; then set -- library policy; fi
for verb in check test; do
  node "$root/scripts/run.mjs" serve -- node "$root/gateway/main.ts" policy "$verb" "$@"
done
