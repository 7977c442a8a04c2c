import { spawn } from "node:child_process";
import { root } from "./places.mjs";

const keptCharacters = 4000;

/**
 * Runs a program to its end and returns what it printed. Its output is shown only when it fails: set-up prints one line
 * per step.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number }} [options] `limitMs` ends a program that hangs
 * @returns {Promise<string>}
 */
export function runCommand(command, args, { cwd = root, env = process.env, limitMs = 1_200_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && command === "npm", // npm is a .cmd file there
    });
    // Not the `timeout` of spawn, whose timer keeps running after a program that could not be started.
    const limit = setTimeout(() => child.kill(), limitMs);
    let printed = "";
    const keep = (/** @type {Buffer} */ chunk) => {
      printed = (printed + chunk.toString()).slice(-keptCharacters);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      clearTimeout(limit);
      reject(new Error(`${command}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      if (code === 0) return resolve(printed);
      const ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
      reject(new Error(`${[command, ...args].join(" ")} ended with ${ending}\n${printed.trim()}`));
    });
  });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string | null>} what it printed, or null when it is not there or does not run
 */
export async function answerOf(command, args) {
  try {
    return (await runCommand(command, args, { limitMs: 30_000 })).trim();
  } catch {
    return null;
  }
}
