import { spawn } from "node:child_process";
import { root } from "../setup/places.mjs";

/** @typedef {import("./closing-line.mjs").Counts} Counts */
/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {(printed: string, code: number) => Counts} [count] when the command runs several cases; else it is one
 * @property {boolean} [quiet] what it prints is for `count`, not for people
 */

/** @param {Check} check @returns {Promise<Counts>} */
export async function runCheck(check) {
  const started = performance.now();
  const { code, printed } = await outputOf(check.command, check.args);
  const counts = countOf(check, printed, code);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${counts.failed === 0 ? "ok    " : "FAILED"}  ${check.name} (${seconds} s)\n`);
  if (counts.failed > 0 && !(check.quiet && code === 0)) process.stdout.write(`${printed.trimEnd()}\n\n`);
  return counts;
}

/** @param {Check} check @param {string} printed @param {number} code @returns {Counts} */
function countOf(check, printed, code) {
  const one = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (check.count === undefined) return one;
  try {
    const counts = check.count(printed, code);
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // the output does not have the expected form
  }
}

/** @param {string} command @param {string[]} args @returns {Promise<{ code: number, printed: string }>} */
function outputOf(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    const keep = (/** @type {Buffer} */ chunk) => void (printed += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => resolve({ code: 127, printed: `${command}: ${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, printed }));
  });
}
