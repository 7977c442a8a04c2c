import { appendFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @param {Counts[]} parts @returns {Counts} */
export function sum(parts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const part of parts) {
    total.passed += part.passed;
    total.failed += part.failed;
    total.skipped += part.skipped;
  }
  return total;
}

/** @param {Counts} counts `12 passed, 0 failed`, and `, 3 skipped` where there are any */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Prints the last line of a run. A larger run that adds up several names a file in `COUNTS_FILE`: then the counts go
 * there as a JSON line, so that there is one closing line in the end.
 * @param {Counts} counts
 */
export function close(counts) {
  const file = process.env.COUNTS_FILE;
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  else process.stdout.write(`${closingLine(counts)}\n`);
}
