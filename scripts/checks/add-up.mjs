/** node add-up.mjs <counts file> <runs>: the closing line over several runs. A run that left no counts, or failed with none, is one failure. */
import { readFileSync } from "node:fs";
import { closingLine, sum } from "./closing-line.mjs";

const [file = "", runs = "0"] = process.argv.slice(2);
const lines = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "");
const total = sum(lines.map((line) => JSON.parse(line)));
total.failed += Math.max(0, Number(runs) - lines.length);
if (process.env.COUNTS_STATUS !== "0" && total.failed === 0) total.failed = 1;
process.stdout.write(`${closingLine(total)}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
