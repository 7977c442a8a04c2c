import { readFileSync } from "node:fs";
import { configJsonSchema, configManual } from "../../../gateway/config/manual.ts";

const root = new URL("../../../", import.meta.url);

interface Described {
  readonly description?: string;
  readonly properties?: Record<string, Described>;
  readonly items?: Described;
  readonly additionalProperties?: Described | boolean;
  readonly oneOf?: readonly Described[];
  readonly const?: string;
}

/** Paths of options without a doc line. */
function undescribed(option: Described, path: string): string[] {
  const own = Object.entries(option.properties ?? {}).flatMap(([key, inner]) => [
    ...(inner.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(inner, `${path}.${key}`),
  ]);
  const named =
    typeof option.additionalProperties === "object" ? undescribed(option.additionalProperties, `${path}.*`) : [];
  const kinds = (option.oneOf ?? []).flatMap((kind) => undescribed(kind, path));
  return [...kinds, ...own, ...(option.items === undefined ? [] : undescribed(option.items, `${path}[]`)), ...named];
}

test("keeps sallyport.schema.json current", () => {
  expect(readFileSync(new URL("sallyport.schema.json", root), "utf8")).toBe(configJsonSchema());
});

test("keeps docs/config.md current", () => {
  expect(readFileSync(new URL("docs/config.md", root), "utf8")).toBe(configManual());
});

test("describes every option", () => {
  expect(undescribed(JSON.parse(configJsonSchema()) as Described, "")).toEqual([]);
});

/** Paths of lists whose items are mappings of one of several kinds, and the kinds. */
function listedKinds(option: Described, path: string): string[] {
  const kinds = (option.items?.oneOf ?? []).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, { const: kind }]) =>
      kind === undefined ? [] : [`## \`${path}[], ${key}: ${kind}\``],
    ),
  );
  const inner = Object.entries(option.properties ?? {});
  return [...kinds, ...inner.flatMap(([key, one]) => listedKinds(one, path === "" ? key : `${path}.${key}`))];
}

test("has a table for each kind of mapping that a list can have", () => {
  const headings = listedKinds(JSON.parse(configJsonSchema()) as Described, "");
  expect(headings).toContain("## `record.ship[], to: syslog`");
  const manual = configManual().split("\n");
  expect(headings.filter((heading) => !manual.includes(heading))).toEqual([]);
  expect(manual.filter((line) => /\| list of +\|/.test(line))).toEqual([]);
});
