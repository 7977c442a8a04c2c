#!/usr/bin/env bash
# What action.yml does with the policy of a pull request: checks it, tests it, and compares it with that of the base.
# Environment: POLICY (its sources, with spaces between them: folders, or the word library), BASE (a commit), COVERAGE (percent or
# empty), LOG (folder or empty), ACCEPT_WIDENING (true or false), OUT (folder for policy.sarif, policy-tests.xml and comment.md).
# Exits 0 when all of it is well.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sallyport() { node "$root/scripts/run.mjs" serve -- node "$root/gateway/main.ts" "$@"; }
joined() { local IFS=,; echo "$*"; }

read -ra sources <<< "$POLICY"
mkdir -p "$OUT"
status=0
sallyport policy check "${sources[@]}" --sarif "$OUT/policy.sarif" || status=1
sallyport policy test "${sources[@]}" --junit "$OUT/policy-tests.xml" ${COVERAGE:+--coverage "$COVERAGE"} || status=1

base=$(mktemp -d)
trap 'git worktree remove --force "$base/tree"; rm -rf "$base"' EXIT
git worktree add --quiet --detach "$base/tree" "$BASE" || exit 1
prefix=$(git rev-parse --show-prefix)
before=()
for source in "${sources[@]}"; do
  if [ "$source" = library ]; then
    before+=(library)
  elif [ -e "$base/tree/$prefix$source" ]; then
    before+=("$base/tree/$prefix$source")
  else
    echo "### Impact of this policy change" > "$OUT/comment.md"
    echo "The base has no $source: there is nothing to compare with." | tee -a "$OUT/comment.md"
    exit "$status"
  fi
done
arguments=(--markdown "$OUT/comment.md" ${LOG:+--log "$LOG"})
if [ "${ACCEPT_WIDENING:-false}" = true ]; then arguments+=(--accept-widening); fi
sallyport policy impact "$(joined "${before[@]}")" "$(joined "${sources[@]}")" "${arguments[@]}" || status=1
exit "$status"
