/** What becomes of a command that answers nothing where `init` and `tools import` ask an MCP server for its tools. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverOfMcp } from "../../../../gateway/cli/init/ask-mcp-server.ts";
import { eventually } from "../../../support/eventually.ts";
import { answers } from "./asked-server.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "sallyport-silent-"))));
afterEach(() => rmSync(dir, { recursive: true }));

const none = { credential: null, variables: {}, allowsInsecure: false };

/** A command line of a program that notes its process, and then does this. */
function command(body: string): string {
  const file = join(dir, "server.mjs");
  const noted = `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(join(dir, "pids"))}, process.pid + "\\n");\n`;
  writeFileSync(file, `${noted}${body}`);
  return `"${process.execPath}" "${file}"`;
}

/** Ends neither with its input nor by SIGTERM. */
const stubborn = 'process.on("SIGTERM", () => undefined);\nsetInterval(() => undefined, 1000);\n';

function started(): number[] {
  const file = join(dir, "pids");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
}

const untilStarted = (count: number) =>
  eventually(`${count} processes`, () => (started().length >= count ? started() : null));

const running = (): number[] =>
  started().filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });

/** A process that is killed is there until the kernel has removed it. */
const untilEnded = () => eventually("no process", () => (running().length === 0 ? true : null), 2_000);

test.each([
  ["is asked for newer versions", 60_000, 1],
  ["is asked as an older one", 6_000, 2],
])("stops at Ctrl-C while a silent command %s, and ends it", async (_when, withinMs, processes) => {
  const interrupt = new AbortController();
  const asked = serverOfMcp(command(stubborn), interrupt.signal, none, withinMs);
  const refused = expect(asked).rejects.toThrow("Interrupted. Nothing was written.");
  await untilStarted(processes);
  interrupt.abort();
  await refused;
  expect(started()).toHaveLength(processes);
  await untilEnded();
});

test("gives a silent command up in time, ends it, and shows what it wrote", async () => {
  const never = new AbortController().signal;
  const place = command(`console.error("waiting for nobody");\n${stubborn}`);
  await expect(serverOfMcp(place, never, none, 3_000)).rejects.toThrow(
    `${process.execPath} did not list its tools: no answer within 3 s. It wrote:\nwaiting for nobody`,
  );
  await untilEnded();
});

test("asks a command as an older one that does not answer the question of newer versions", async () => {
  const body = `import { createInterface } from "node:readline";
const answers = ${JSON.stringify(answers)};
for await (const line of createInterface(process.stdin)) {
  const { id, method } = JSON.parse(line);
  if (id !== undefined && method in answers) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] }));
}
`;
  const found = await serverOfMcp(command(body), new AbortController().signal, none, 6_000);
  expect(found).toMatchObject({ name: "crm", tools: [{ name: "find" }] });
  await untilEnded();
});
