import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readTree, root } from "./guards/tree.ts";
import { architecture } from "./support/architecture.ts";

const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");
/** Prettier pads the cells of a table. */
const unpadded = (text: string): string => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");

test("docs/architecture.md has the tables that the code has", () => {
  expect(unpadded(architecture(page, readTree()))).toBe(unpadded(page));
});

test("a step that changes in the code changes the page", () => {
  const files = readTree().map((file) =>
    file.path === "gateway/compose/call-table.ts"
      ? { ...file, text: file.text.replace("task:     { identify: poller", "task:     { identify: caller") }
      : file,
  );
  expect(unpadded(architecture(page, files))).not.toBe(unpadded(page));
});

test("every place that the page names exists", () => {
  const named = [...page.matchAll(/`(gateway\/[\w./-]+)`/g)].map(([, path]) => path ?? "");
  const paths = readTree().map(({ path }) => path);
  expect(named.filter((path) => !paths.some((one) => one === path || one.startsWith(path)))).toEqual([]);
});
