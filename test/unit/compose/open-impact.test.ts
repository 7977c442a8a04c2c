import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { impactOf } from "../../../gateway/compose/open-impact.ts";
import type { Config } from "../../../gateway/config/config.ts";
import { defaultLimits } from "../../../gateway/decide/host/limits.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sallyport-impact-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const policy = { revision: "r1", digest: "sha256:1", archive: "/no/archive.tar.gz" };

function measured(logDir: string, timeoutMs: number): Promise<unknown> {
  const config = { record: { dir: logDir }, policy: { ...defaultLimits, input: {} } } as unknown as Config;
  return impactOf(config, { last: 10, comparedPercent: 90, timeoutMs })({ before: policy, after: policy });
}

test("without a log, or without the archive of what judges, nothing is compared", async () => {
  await expect(measured(join(dir, "none"), 60_000)).rejects.toThrow("ENOENT");
  await expect(measured(dir, 60_000)).rejects.toThrow("the bundle archive cannot be read");
});

test("a thread that does not come back in time is ended", async () => {
  await expect(measured(dir, 1)).rejects.toThrow("it took longer than 0.001 s (policy.require.impact.timeout)");
});
