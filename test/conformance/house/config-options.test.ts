import { configOptionProblems } from "./guards/config-options.ts";
import { readTree } from "./guards/tree.ts";

const tree = readTree();

/** The tree with one file changed. */
function edited(path: string, from: string, to: string): string[] {
  const changed = tree.map((file) => (file.path === path ? { ...file, text: file.text.replace(from, to) } : file));
  expect(changed.find((file) => file.path === path)?.text).toContain(to);
  return configOptionProblems(changed);
}

test("every option of the configuration is read by running code", () => {
  expect(configOptionProblems(tree)).toEqual([]);
});

test("refuses an option that the schema accepts and nothing reads", () => {
  const option = "    shadow_upstream: z.string().optional(),\n    connections: count";
  expect(edited("gateway/config/schema/routes.ts", "    connections: count", option)).toEqual([
    "gateway/config/schema/routes.ts accepts shadow_upstream, and gateway/config/ does not read it",
  ]);
});

test("refuses a resolved property that nothing outside of config/ reads", () => {
  const property = "export interface Config {\n  readonly shadowUpstream: string;";
  expect(edited("gateway/config/config.ts", "export interface Config {", property)).toEqual([
    "gateway/config/config.ts has shadowUpstream, and nothing outside of gateway/config/ reads it",
  ]);
});
