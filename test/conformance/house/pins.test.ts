import { lockProblems, manifestProblems, placeProblems } from "./guards/pins.ts";
import { readTree } from "./guards/tree.ts";

const tree = readTree();
const jsonFiles = (name: string) => tree.filter(({ path }) => path === name || path.endsWith(`/${name}`));

test("every package is pinned to one exact version", () => {
  const manifests = jsonFiles("package.json");
  expect(manifests.map(({ path }) => path)).toContain("package.json");
  expect(manifests.flatMap(({ path, text }) => manifestProblems(path, JSON.parse(text)))).toEqual([]);
});

test("every locked package has a hash and names no place", () => {
  const locks = jsonFiles("package-lock.json");
  expect(locks.length).toBeGreaterThan(1);
  expect(locks.flatMap(({ path, text }) => lockProblems(path, JSON.parse(text)))).toEqual([]);
});

test("no file names a registry or a path of one machine", () => {
  expect(placeProblems(tree)).toEqual([]);
});

test.each(["^1.2.3", "~1.2.3", "*", "1.x", "latest", ">=1.2.3", "1.2.3 || 2.0.0", "github:a/b", ""])(
  "refuses the version %p",
  (version) => {
    expect(manifestProblems("package.json", { devDependencies: { a: version } })).toHaveLength(1);
  },
);

test("refuses a locked package with a place or without a hash", () => {
  const lock = { packages: { "": {}, "node_modules/a": { resolved: "https://example.com/a.tgz" } } };
  expect(lockProblems("package-lock.json", lock)).toEqual([
    "package-lock.json: node_modules/a names where it was resolved",
    "package-lock.json: node_modules/a has no integrity hash",
  ]);
});

test.each([
  ["a registry", ["https://registry", "npmjs.org/express"].join(".")],
  ["a module proxy", ["https://proxy", "golang.org"].join(".")],
  ["a work folder", ["", "work", "main/gateway"].join("/")],
  ["a home", ["", "home", "someone/project"].join("/")],
  ["root's home", ["", "root", "project"].join("/")],
])("refuses a file that names %s", (_what, text) => {
  expect(placeProblems([{ path: "docs/a.md", text: `see ${text} there` }])).toEqual([
    expect.stringMatching(/^docs\/a\.md:1 names /),
  ]);
});

test("allows paths that are relative, of a URL, or of a route", () => {
  const text = "./work/a ../tmp/b https://example.com/work/c /payments /v1/orders gateway/home/d";
  expect(placeProblems([{ path: "docs/a.md", text }])).toEqual([]);
});
