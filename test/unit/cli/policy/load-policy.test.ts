import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sallyport } from "../run.ts";

test.each([
  [
    "a configuration that is named",
    ["-c", "gate/sallyport.yaml"],
    "There is no file gate/sallyport.yaml, which --config",
  ],
  ["the usual one by its name", ["library", "-c", "sallyport.yaml"], "There is no file sallyport.yaml, which --config"],
  ["the usual one, where there is no folder rego", [], "There is no sallyport.yaml: name the configuration"],
  ["a source", ["nowhere"], "There is no folder or archive nowhere."],
  ["a source without a name", [""], "The command line has a source without a name: name a folder"],
])("says what is not there: %s", async (_which, options, words) => {
  const cwd = mkdtempSync(join(tmpdir(), "sallyport-no-policy-"));
  const { code, stderr } = await sallyport(["policy", "test", ...options], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  rmSync(cwd, { recursive: true });
});
