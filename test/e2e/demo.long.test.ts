import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.ts";

const main = fileURLToPath(new URL("../../demo/main.ts", import.meta.url));
const names = [
  "http-allow",
  "http-deny",
  "mcp-allow",
  "mcp-deny",
  "chain-blocked",
  "http-hold-release",
  "mcp-hold-release",
  "hot-reload",
  "broken-reload",
];

test("the unattended demo plays every scene as expected and reports it as one JSON line", () => {
  const run = spawnSync(process.execPath, [main, "--once", "--json"], { encoding: "utf8", timeout: 110_000 });
  const lines = run.stdout.trimEnd().split("\n");
  const report = JSON.parse(lines.at(-1) ?? "") as {
    ok: boolean;
    scenes: { name: string; expected: string; observed: string; decision_id: string }[];
  };
  expect({ status: run.status, problems: report.scenes.filter((scene) => "problem" in scene) }).toEqual({
    status: 0,
    problems: [],
  });
  expect(lines).toHaveLength(1);
  expect(report.ok).toBe(true);
  expect(report.scenes.map((scene) => scene.name)).toEqual(names);
  for (const scene of report.scenes) {
    expect(scene.observed).toBe(scene.expected);
    expect(scene.decision_id).toMatch(/^d_/);
  }
});

test("a demo in which nobody decides says that nothing ran, as intended, and ends well", async () => {
  const child = spawn(process.execPath, [main, "--json", "--port", "0", "--decide-within", "5"]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await eventually(
    "it has told everything",
    () => (stderr.includes("It keeps running until Ctrl-C") ? true : null),
    90_000,
  );
  child.kill("SIGTERM");
  const [code] = (await once(child, "close")) as [number | null];
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as {
    ok: boolean;
    scenes: { name: string; observed: string; executions: number; problem?: string }[];
  };
  expect([code, report.ok, report.scenes.filter(({ problem }) => problem !== undefined)]).toEqual([0, true, []]);
  const held = report.scenes.filter(({ name }) => name.endsWith("hold-release"));
  expect(held.map(({ observed, executions }) => [observed, executions])).toEqual([
    ["hold, then expired", 0],
    ["hold, then expired", 0],
  ]);
  expect(stderr).toContain("0:05 left; when nobody decides, nothing runs");
  expect(stderr.match(/expired: nothing ran, as intended/g)).toHaveLength(2);
}, 120_000);

test.each(["4", "3601", "soon"])("refuses to wait %s seconds for people", (seconds) => {
  const { status, stderr } = spawnSync(process.execPath, [main, "--decide-within", seconds], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, expect.stringContaining(`expected 5 to 3600 seconds, got ${seconds}`)]);
});

test.each(["SIGHUP", "SIGKILL"] as const)(
  "nothing of the demo is left when it ends by %s",
  async (signal) => {
    const child = spawn(process.execPath, [main, "--port", "0"]);
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await eventually("it waits for people", () => (output.includes("waits for you") ? true : null), 60_000);
    // Agents, console, and two tool servers.
    const listening = new Set([...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([origin]) => origin));
    expect(listening.size).toBe(4);
    for (const origin of listening) await fetch(origin);
    child.kill(signal);
    const refused = (origin: string) =>
      fetch(origin).then(
        () => null,
        () => true,
      );
    for (const origin of listening) await eventually(`nobody listens at ${origin} any more`, () => refused(origin));
  },
  120_000,
);
