/** Programs that only tests need: where set-up found them, and what becomes of the tests where there is none. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const tools = process.env["SALLYPORT_TOOLS"] ?? fileURLToPath(new URL("../../.tools", import.meta.url));
const { CI = "" } = process.env;

/** In CI a test that cannot run is a failure. */
export const mayNotSkip = CI !== "" && CI !== "false";

export interface FoundTool {
  /** Null where there is none, for this reason. */
  readonly path: string | null;
  readonly reason: string;
  /** Its tests may be skipped in CI, too. */
  readonly optional?: boolean;
}

/** As set-up wrote it (`scripts/setup/found-tool.mjs`). */
export function foundTool(name: string): FoundTool {
  const file = join(tools, `${name}.json`);
  if (!existsSync(file)) return { path: null, reason: "set-up has not looked for it" };
  return JSON.parse(readFileSync(file, "utf8")) as FoundTool;
}

/** `describe` where the program is; else reported as skipped with the reason, and a failure in CI unless the program is optional. */
export function describeWith(
  tool: string,
  { path, reason, optional }: FoundTool,
  name: string,
  body: () => void,
): void {
  if (path !== null) return void describe(name, body);
  if (!mayNotSkip || optional === true) return void describe.skip(`${name} (skipped: ${reason})`, body);
  test(`${name} runs with ${tool}`, () => {
    throw new Error(reason);
  });
}
