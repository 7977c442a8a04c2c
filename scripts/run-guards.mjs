/** Checks beside the tests: types, lint, format, unused code, container files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCheck } from "./checks/check.mjs";
import { close, sum } from "./checks/closing-line.mjs";
import { root } from "./setup/places.mjs";

const bin = (/** @type {string[]} */ ...parts) => join(root, "node_modules", ...parts);
const node = process.execPath;
const tsc = bin("typescript", "bin", "tsc");

/** @type {import("./checks/check.mjs").Check[]} */
const guards = [
  { name: "types (tsc)", command: node, args: [tsc, "--noEmit", "-p", "."] },
  { name: "types of the console (tsc)", command: node, args: [tsc, "--noEmit", "-p", "console"] },
  { name: "lint (eslint)", command: node, args: [bin("eslint", "bin", "eslint.js"), "--max-warnings", "0", "."] },
  {
    name: "format (prettier)",
    command: node,
    args: [bin("prettier", "bin", "prettier.cjs"), "--check", "--log-level", "warn", "."],
  },
  {
    name: "unused files, exports, packages (knip)",
    command: node,
    args: [bin("knip", "bin", "knip.js"), "--no-progress"],
  },
  {
    name: "exports and files that only tests use (knip)",
    command: node,
    args: [
      bin("knip", "bin", "knip.js"),
      "--no-progress",
      "--production",
      "--config",
      "knip.production.json",
      "--include",
      "exports,types,files",
    ],
  },
  { name: "compose file and Dockerfile", command: node, args: [join("scripts", "checks", "container-files.mjs")] },
].filter((guard) => !guard.args.includes("console") || existsSync(join(root, "console", "tsconfig.json")));

const counts = [];
for (const guard of guards) counts.push(await runCheck(guard));
const total = sum(counts);
close(total);
process.exitCode = total.failed === 0 ? 0 : 1;
