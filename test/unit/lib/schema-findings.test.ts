import { z } from "zod";
import { dotted, findingsOf, inOurWords } from "../../../gateway/lib/schema-findings.ts";

const schema = z.strictObject({
  name: z.string(),
  level: z.enum(["debug", "info"]).optional(),
  port: z.number().min(1).max(10).optional(),
  routes: z.array(z.strictObject({ upstream: z.string() })).optional(),
  way: z
    .discriminatedUnion("to", [z.strictObject({ to: z.literal("disk") }), z.strictObject({ to: z.literal("tape") })])
    .optional(),
  text: z.string().min(1).optional(),
  people: z.record(z.string(), z.strictObject({ roles: z.array(z.string()) })).optional(),
});

function sentences(value: unknown): string[] {
  const parsed = schema.safeParse(value, { error: inOurWords });
  return findingsOf(parsed.error?.issues ?? [], schema).map(
    ({ path, at, message }) => `${dotted(path)} (${at}): ${message}`,
  );
}

test.each<[string, object, string]>([
  ["a missing option", { name: undefined }, "name (value): is required"],
  ["a value of another kind", { name: ["x"] }, "name (value): expected text, got a list"],
  ["nothing", { name: null }, "name (value): expected text, got nothing (null)"],
  ["too small a number", { port: 0 }, "port (value): must be at least 1"],
  ["too large a number", { port: 11 }, "port (value): must be at most 10"],
  ["a misspelled choice", { level: "inof" }, "level (value): expected one of debug, info (did you mean info?)"],
  ["a misspelled kind", { way: { to: "dsik" } }, "way.to (value): expected one of disk, tape (did you mean disk?)"],
  ["no kind", { way: {} }, "way.to (value): expected one of disk, tape"],
  ["an empty list in the place of a text", { text: [] }, "text (value): expected text, got a list"],
  ["a misspelled option", { nmae: 1 }, "nmae (key): unknown option (did you mean name?)"],
  [
    "one in a list",
    { routes: [{ upstream: "x", upstraem: 1 }] },
    "routes[0].upstraem (key): unknown option (did you mean upstream?)",
  ],
  [
    "one below a name",
    { people: { "a b": { roles: [], role: 1 } } },
    'people["a b"].role (key): unknown option (did you mean roles?)',
  ],
  ["one like no other", { zzz: 1 }, "zzz (key): unknown option"],
])("describes %s", (_, change, sentence) => {
  expect(sentences({ name: "x", ...change })).toEqual([sentence]);
});

test("makes a finding of each unknown option, and calls keys what it is told", () => {
  expect(sentences({ name: "x", zzz: 1, qqq: 2 })).toHaveLength(2);
  const parsed = schema.safeParse({ name: "x", zzz: 1 });
  expect(findingsOf(parsed.error?.issues ?? [], schema, "member")[0]?.message).toBe("unknown member");
});
