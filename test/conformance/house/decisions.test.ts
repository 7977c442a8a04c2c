import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./guards/tree.ts";

const folder = join(root, "docs", "adr");
const pages = readdirSync(folder).filter((name) => name !== "README.md");

test("the index of decisions has each page once", () => {
  const listed = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/^- \[(\d+)\]\(([^)]+)\): \S/gm)];
  expect(listed.map(([, , name]) => name).sort()).toEqual([...pages].sort());
  expect(listed.filter(([, number, name]) => Number(name?.slice(0, 4)) !== Number(number))).toEqual([]);
});

test.each(pages)("%s is headed by its number", (name) => {
  const heading = readFileSync(join(folder, name), "utf8").split("\n", 1);
  expect(heading).toEqual([expect.stringMatching(new RegExp(`^# ${Number(name.slice(0, 4))}\\. \\S`))]);
});
