import type { CommandServer } from "../../../gateway/domain/route.ts";
import { ServerProcess } from "../../../gateway/stdio/server-process.ts";
import { realClock } from "../../support/credentials.ts";
import { eventually } from "../../support/eventually.ts";
import { mayNotSkip } from "../../support/found-tool.ts";
import { quiet } from "../../support/quiet.ts";

const started: ServerProcess[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.kill();
});

function start(script: string, changes: Partial<CommandServer> = {}, env: Record<string, string> = {}) {
  const logged: unknown[] = [];
  const child = new ServerProcess({
    server: {
      kind: "command",
      named: "node",
      program: process.execPath,
      args: ["-e", script],
      cwd: "/",
      env: [],
      per: "person",
      account: null,
      startTimeoutMs: 1_000,
      idleMs: 1_000,
      processes: 1,
      ...changes,
    },
    env,
    secrets: [["s3cret-s3cret"]],
    route: "r",
    maxBytes: 100_000,
    clock: realClock,
    logger: { ...quiet, info: (_message, fields) => logged.push(fields?.["line"]) },
  });
  started.push(child);
  const messages: unknown[] = [];
  const ends: string[] = [];
  child.transport.onMessage = ({ message }) => messages.push(message);
  child.transport.onEnd = (why) => ends.push(why);
  const ended = () => eventually("it has ended", () => ends[0] ?? null);
  const first = () => eventually("it has said something", () => messages[0] ?? null);
  return { child, logged, messages, ends, ended, first };
}

const say = (value: string) => `console.log(JSON.stringify({jsonrpc:"2.0",method:"m",params:{value:${value}}}));`;
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("gives the process exactly this environment, and what it said last before it ended", async () => {
  const { first, ended } = start(`${say("process.env")}process.exit(4)`, {}, { ONLY: "this" });
  expect(await first()).toMatchObject({ params: { value: { ONLY: "this" } } });
  expect(Object.keys(((await first()) as { params: { value: object } }).params.value)).toEqual(["ONLY"]);
  expect(await ended()).toBe("its process ended with code 4");
});

test("tells why a process could not be started", async () => {
  const { ended } = start("", { program: "/no/such/program" });
  expect(await ended()).toMatch(/could not be started: .*ENOENT/);
});

test("logs what it writes to its standard error, without secrets", async () => {
  const { logged } = start("console.error('key s3cret-s3cret'); setInterval(() => {}, 1000)");
  expect(await eventually("a line", () => logged[0] ?? null)).toBe("key [secret removed]");
});

test("ends a process by closing its standard input", async () => {
  const { child, first, ended } = start(
    `process.stdin.resume(); process.stdin.on("end", () => process.exit(0)); ${say("1")}`,
  );
  await first();
  await child.end();
  expect(await ended()).toBe("its process ended with code 0");
});

test("ends a process by force that does not end by itself, and what it has started", async () => {
  const script = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);
    const { spawn } = require("node:child_process");
    const pid = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }).pid;
    ${say("pid")}`;
  const { child, first, ended } = start(script);
  const { params } = (await first()) as { params: { value: number } };
  await child.end();
  expect(await ended()).toBe("its process was ended by SIGKILL");
  await eventually("its child has ended", () => (alive(params.value) ? null : true));
});

// In CI it runs as root, or fails.
(process.getuid?.() === 0 || mayNotSkip ? test : test.skip)("runs as another account where it may", async () => {
  const { first } = start(say("[process.getuid(), process.getgid(), process.getgroups()]"), {
    account: { uid: 65_534, gid: 65_534 },
  });
  expect(await first()).toMatchObject({ params: { value: [65_534, 65_534, [65_534]] } });
});
