/**
 * MCP Inspector's command line, many times in one process, since it takes longer to load than to ask. Its standard input is a JSON array with
 * the arguments of each run, its standard output one with what each run came to: `[exit code, message of the error, result]`.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
// @ts-expect-error: it has no types.
import { runCli } from "../../../node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js";

/** 5: the tool's result is an error. Absent: 1. */
type Failure = Error & { readonly exitCode?: number };

const folder = await mkdtemp(join(tmpdir(), "inspector-runs-"));
const runs: unknown[] = [];
for (const [at, args] of (JSON.parse(await text(process.stdin)) as string[][]).entries()) {
  const file = join(folder, String(at));
  const ran = runCli(["node", "inspector", ...args, "--quiet", "--output", file]) as Promise<void>;
  const [code, message] = await ran.then(
    () => [0, ""],
    (thrown: Failure) => [thrown.exitCode ?? 1, thrown.message],
  );
  runs.push([code, message, await readFile(file, "utf8").then(JSON.parse, () => null)]);
}
await rm(folder, { recursive: true });
process.stdout.write(`\n${JSON.stringify(runs)}\n`);
