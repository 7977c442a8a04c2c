/** What becomes of a command that answers nothing where `init` and `tools import` ask an MCP server for its tools. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverOfMcp } from "../../../../gateway/cli/init/ask-mcp-server.ts";
import { eventually } from "../../../support/eventually.ts";
import { sallyport } from "../run.ts";
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

/** Answers what it knows, and nothing else. */
const answering = `import { createInterface } from "node:readline";
const answers = ${JSON.stringify(answers)};
for await (const line of createInterface(process.stdin)) {
  const { id, method } = JSON.parse(line);
  if (id !== undefined && method in answers) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] }));
}
`;

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

test("gives a command up in time whose child is silent and holds its streams, and ends both", async () => {
  const child = command(`console.error("from within");\n${stubborn}`);
  const shell = `sh -c '${child}; exit 1'`;
  await expect(serverOfMcp(shell, new AbortController().signal, none, 3_000)).rejects.toThrow(
    "sh did not list its tools: no answer within 3 s. It wrote:\nfrom within",
  );
  expect(started()).toHaveLength(2);
  await untilEnded();
});

test("ends what a command has started when the command line is ended", async () => {
  const place = `sh -c '${command(stubborn)}; exit 1'`;
  const signalled = untilStarted(1).then(() => "SIGTERM" as const);
  const ended = await sallyport(["init", join(dir, "site"), "--mcp", place], { cwd: dir, signalled });
  expect(ended).toMatchObject({ code: 143 });
  await untilEnded();
});

test("lists the tools of a command that leaves a process behind which holds its streams", async () => {
  const body = `import { spawn } from "node:child_process";
const { pid } = spawn(process.execPath, ["-e", "setTimeout(() => undefined, 20_000)"], { stdio: "inherit", detached: true });
appendFileSync(${JSON.stringify(join(dir, "left"))}, pid + "\\n");
${answering}`;
  const found = await serverOfMcp(command(body), new AbortController().signal, none, 9_000);
  expect(found).toMatchObject({ name: "crm" });
  for (const pid of readFileSync(join(dir, "left"), "utf8").trim().split("\n").map(Number))
    process.kill(pid, "SIGKILL");
});

test("goes on with the process that answers the question of newer versions", async () => {
  const more = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
  const _meta = { "io.modelcontextprotocol/serverInfo": { name: "crm", version: "2" } };
  const discovered = { ...more, supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, _meta };
  const modern = { "server/discover": discovered, "tools/list": { ...answers["tools/list"], ...more } };
  const body = answering.replace(JSON.stringify(answers), JSON.stringify(modern));
  const found = await serverOfMcp(command(body), new AbortController().signal, none, 9_000);
  expect(found).toMatchObject({ name: "crm", tools: [{ name: "find" }] });
  expect(started()).toHaveLength(1);
});

test("asks a command as an older one that ends at the question of newer versions", async () => {
  const body = answering.replace("if (id", 'if (method === "server/discover") process.exit(1);\n  if (id');
  const found = await serverOfMcp(command(body), new AbortController().signal, none, 9_000);
  expect(found).toMatchObject({ name: "crm", tools: [{ name: "find" }] });
  expect(started()).toHaveLength(2);
});

test("asks a command as an older one that takes no more questions after that of newer versions", async () => {
  const body = answering.replace("if (id", 'if (method === "server/discover") answers.initialize = {};\n  if (id');
  const found = await serverOfMcp(command(body), new AbortController().signal, none, 9_000);
  expect(found).toMatchObject({ name: "crm", tools: [{ name: "find" }] });
});

test("asks a command as an older one that does not answer the question of newer versions", async () => {
  const found = await serverOfMcp(command(answering), new AbortController().signal, none, 6_000);
  expect(found).toMatchObject({ name: "crm", tools: [{ name: "find" }] });
  await untilEnded();
});
