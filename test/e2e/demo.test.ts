import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

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
  const run = spawnSync(process.execPath, [main, "--once", "--json"], { encoding: "utf8", timeout: 55_000 });
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
}, 59_000);
