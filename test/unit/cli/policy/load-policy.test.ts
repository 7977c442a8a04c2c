import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sallyport } from "../run.ts";

test.each([
  ["the one that is named", ["-c", "gate/sallyport.yaml"], "gate/sallyport.yaml"],
  ["the usual one, where there is no folder rego", [], "sallyport.yaml"],
])("says that a configuration is not there, %s", async (_which, options, file) => {
  const cwd = mkdtempSync(join(tmpdir(), "sallyport-no-policy-"));
  const { code, stderr } = await sallyport(["policy", "test", ...options], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining(`There is no ${file}: name the configuration`)]);
  rmSync(cwd, { recursive: true });
});
