import type { Block, Operand, Plan, StatementBody } from "../../../../gateway/bundles/projection/plan.ts";
import { projectionsOf } from "../../../../gateway/bundles/projection/project.ts";
import type { ReadTree } from "../../../../gateway/domain/ports.ts";

const strings = ["a", "b", "c"];
const local = (value: number): Operand => ({ type: "local", value });
const member = (name: string): Operand => ({ type: "string_index", value: strings.indexOf(name) });
const step = (type: string, stmt: StatementBody): { type: string; stmt: StatementBody } => ({ type, stmt });
const dot = (source: number, name: string, target: number) =>
  step("DotStmt", { source: local(source), key: member(name), target });
const use = (value: number) => step("ResultSetAddStmt", { value });

/** What a plan reads that is nothing but these statements. */
function readsOf(...stmts: Block["stmts"] & object): ReadTree {
  const plan: Plan = {
    static: { strings: strings.map((value) => ({ value })), builtin_funcs: [{ name: "is_array" }, { name: "count" }] },
    plans: { plans: [{ name: "p/answer", blocks: [{ stmts }] }] },
  };
  return JSON.parse(JSON.stringify(projectionsOf(plan)["p/answer"]?.always)) as ReadTree;
}

test("reads a member that is used whole, and of one that is only looked at its presence and type", () => {
  expect(readsOf(dot(0, "a", 2), dot(2, "b", 3), use(3), dot(0, "c", 4))).toEqual({ a: { b: true }, c: {} });
});

test("reads all of what is looked up by a name that is not constant", () => {
  const dynamic = step("DotStmt", { source: local(2), key: local(9), target: 3 });
  expect(readsOf(dot(0, "a", 2), dynamic)).toEqual({ a: true });
  expect(readsOf(dot(0, "b", 9), step("DotStmt", { source: local(1), key: local(9), target: 3 }))).toEqual({ b: true });
});

test("reads all of what is scanned or given to a builtin, but not for a question about the type", () => {
  const scan = step("ScanStmt", { source: 2, key: 3, value: 4, block: { stmts: [] } });
  const call = (func: string) => step("CallStmt", { func, args: [local(2)], result: 3 });
  expect(readsOf(dot(0, "a", 2), scan)).toEqual({ a: true });
  expect(readsOf(dot(0, "a", 2), call("count"))).toEqual({ a: true });
  expect(readsOf(dot(0, "a", 2), call("is_array"))).toEqual({ a: {} });
});

test("keeps apart what one local is before and after it is assigned again", () => {
  expect(readsOf(dot(0, "a", 2), dot(0, "b", 2), use(2))).toEqual({ a: {}, b: true });
});

test("takes a local behind a block for what it was before and for all that the block assigned", () => {
  const block = step("BlockStmt", { blocks: [{ stmts: [dot(0, "b", 2), dot(0, "c", 2)] }] });
  expect(readsOf(dot(0, "a", 2), block, use(2))).toEqual({ a: true, b: true, c: true });
});

test("takes a local in a loop for what an earlier round left there", () => {
  const body = { stmts: [use(2), step("AssignVarStmt", { source: local(5), target: 2 }), dot(0, "b", 5)] };
  const loop = step("ScanStmt", { source: 1, key: 3, value: 4, block: body });
  expect(readsOf(dot(0, "a", 2), dot(0, "c", 5), loop)).toEqual({ a: true, b: true, c: true });
});

test("reads a replaced input as what replaced it, and the rest of the plan as before", () => {
  const inside = { stmts: [dot(0, "b", 3), use(3)] };
  const replaced = step("WithStmt", { local: 0, path: null, value: local(2), block: inside });
  expect(readsOf(dot(0, "a", 2), replaced, dot(0, "c", 4), use(4))).toEqual({ a: { b: true }, c: true });
});

test("reads all of what replaces a part, and keeps the places on the way there", () => {
  const inside = { stmts: [dot(0, "b", 3)] };
  const replaced = step("WithStmt", { local: 0, path: [1, 2], value: local(2), block: inside });
  expect(readsOf(dot(0, "a", 2), replaced)).toEqual({ a: true, b: { c: {} } });
});

test("gives up on a statement, a function or a string that it does not know", () => {
  expect(() => readsOf(step("NewStmt", {}))).toThrow("NewStmt, which is not known");
  expect(() => readsOf(step("CallStmt", { func: "g0.none", args: [], result: 3 }))).toThrow("calls g0.none");
  expect(() =>
    readsOf(step("DotStmt", { source: local(0), key: { type: "string_index", value: 9 }, target: 2 })),
  ).toThrow("without one of its parts");
});
