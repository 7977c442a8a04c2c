import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPolicy } from "../../../../../gateway/cli/trace/replay/replay-policy.ts";
import { opa } from "../../../decide/support/compile-rego.ts";
import { smallPolicy } from "../trace-folder.ts";

let policy: string;
let out: string;
beforeAll(() => {
  policy = smallPolicy(["tools/known", "entitlements/role", "reversibility/approval", "time/window"]);
  out = mkdtempSync(join(tmpdir(), "sallyport-replay-policy-"));
});
afterAll(() => [policy, out].forEach((folder) => rmSync(folder, { recursive: true })));

test("knows which rules decide what becomes of calls, and builds the policy without one of them", async () => {
  const place = await openPolicy([{ kind: "folder", path: policy }], opa, out);
  expect(place.deciding).toEqual(["reversibility/approval", "time/window", "tools/known"]);
  const [whole, without] = [await place.build([]), await place.build(["time/window"])];
  expect(whole.stopping).toContain("time/window");
  expect(without.stopping).toEqual(["reversibility/approval", "tools/known"]);
  expect(without.archive).not.toBe(whole.archive);
});

test("refuses to leave out a rule that is not there, and says which was meant", async () => {
  const place = await openPolicy([{ kind: "folder", path: policy }], opa, out);
  await expect(place.build(["time/windows"])).rejects.toThrow(/no rule time\/windows.*time\/window/);
});

test("leaves no rule out of a built archive", async () => {
  const { archive } = await (await openPolicy([{ kind: "folder", path: policy }], opa, out)).build([]);
  const place = await openPolicy([{ kind: "archive", path: archive }], opa, out);
  expect(place.deciding).toBeNull();
  expect(await place.build([])).toEqual({ name: archive, archive, stopping: null });
  await expect(place.build(["time/window"])).rejects.toThrow(/built archive/);
});
