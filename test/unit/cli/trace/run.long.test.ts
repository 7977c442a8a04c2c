import { rmSync } from "node:fs";
import { join } from "node:path";
import { inProcess } from "../run.ts";
import { sessionText, smallPolicy, traceFolder } from "./trace-folder.ts";

let traces: string;
let policy: string;
beforeAll(() => {
  policy = smallPolicy(["tools/known", "entitlements/role", "reversibility/approval"]);
  const remove = "{ tool: desk/remove, result: {}, attack: true }";
  traces = traceFolder({
    "attack-1.yaml": sessionText("attack-1", "attack", [remove]),
    "named-1.yaml": sessionText("named-1", "named", ["{ tool: desk/read, result: {} }"]),
  });
});
afterAll(() => {
  for (const folder of [traces, policy]) rmSync(folder, { recursive: true });
});

function trace(...args: readonly string[]) {
  return inProcess(["trace", "run", traces, ...args]);
}

test("leaves each rule out in turn and says which of them nothing depends on", async () => {
  const { code, stdout } = await trace("--policy", policy, "--leave-out");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^reversibility\/approval +tuned +0 \(-1\) +1 +0 +0 \(-1\) +0$/m);
  expect(stdout).toContain("Nothing changes without any one of these: tools/known");
});

test("takes a built archive, and leaves no rule out of it", async () => {
  const built = await inProcess(["policy", "build", policy, "--out", join(traces, "built"), "--json"]);
  const { archive } = JSON.parse(built.stdout) as { archive: string };
  const { stdout } = await trace("--policy", archive, "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    idle_rules: null,
    sets: [{ kinds: [{ good: 1 }, { good: 1 }] }],
  });
  expect(await trace("--policy", archive, "--leave-out")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is a built archive, which no rule can be left out of"),
  });
});
