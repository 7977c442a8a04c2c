#!/usr/bin/env bash
# What action.yml does with the policy of a pull request: checks it, tests it, and compares it with that of the base.
# Environment: POLICY (its sources, with spaces between them: folders, or the word library), BASE (a commit), COVERAGE (percent or
# empty), LOG (folder or empty), ACCEPT_WIDENING (true or false), OUT (folder for policy.sarif, policy-tests.xml and comment.md).
# Exits 0 when all of it is well, 6 when all else is well and nothing could be compared, and 1 otherwise.
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
    echo "**No pass:** the base has no $source, so there is nothing to compare with." | tee -a "$OUT/comment.md"
    if [ "$status" = 0 ] && [ "${ACCEPT_WIDENING:-false}" != true ]; then status=6; fi
    exit "$status"
  fi
done
arguments=(--markdown "$OUT/comment.md" ${LOG:+--log "$LOG"})
if [ "${ACCEPT_WIDENING:-false}" = true ]; then arguments+=(--accept-widening); fi
sallyport policy impact "$(joined "${before[@]}")" "$(joined "${sources[@]}")" "${arguments[@]}"
compared=$?
if [ "$compared" = 6 ] && [ "$status" = 0 ]; then status=6; elif [ "$compared" != 0 ]; then status=1; fi
exit "$status"
