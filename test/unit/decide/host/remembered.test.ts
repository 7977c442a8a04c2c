import fc from "fast-check";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../../gateway/decide/host/hosted-policy.ts";
import { RememberedEvaluations } from "../../../../gateway/decide/host/remembered-evaluations.ts";
import { sameFootprint, traceOf } from "../../../../gateway/decide/host/footprint.ts";
import { defaultLimits } from "../../../../gateway/decide/host/limits.ts";
import { projected, Projector } from "../../../../gateway/decide/host/projector.ts";
import type { InputDocument } from "../../../../gateway/domain/policy-input.ts";
import { type JsonObject, type JsonValue, internJson } from "../../../../gateway/lib/json.ts";
import type { Projection, ReadTree } from "../../../../gateway/domain/ports.ts";
import { compileRego, inputOf } from "../support/compile-rego.ts";
import { faultOf } from "../support/hosted.ts";

const rego = `package p

answer := {"id": input.id, "size": count(input.list)}

now := time.now_ns()

chance := rand.intn("x", 1000000)

twice := 1 if input.id

twice := 2 if input.id
`;

const reads: Projection = { always: { id: true, list: true }, dispatched: [], guarded: [] };
const names = ["p/answer", "p/now", "p/chance", "p/twice"];

async function remembering(remembers: boolean): Promise<HostedPolicy> {
  const { wasm, data } = await compileRego({ "p/p.rego": rego }, names);
  return createPolicyEngine({ remembers }).prepare(wasm, data, Object.fromEntries(names.map((name) => [name, reads])));
}

const at = (ns: string, document: object) => ({
  ...inputOf({ ...document, context: { time: { ns: 0 } } }),
  timeNs: ns,
});

test("gives the evaluation of before for the same projected text, whatever else differs", async () => {
  const policy = await remembering(true);
  const first = policy.evaluate("p/answer", at("1", { id: "a", list: [1], other: 1 }));
  expect(policy.evaluate("p/answer", at("2", { id: "a", list: [1], other: 2 }))).toBe(first);
  expect(first).toEqual({ results: [{ result: { id: "a", size: 1 } }], fuel: expect.any(Number) });
  expect(policy.evaluate("p/answer", at("2", { id: "b", list: [1] })).results).toEqual([
    { result: { id: "b", size: 1 } },
  ]);
});

test("evaluates each time for those that measure", async () => {
  const policy = await remembering(false);
  const first = policy.evaluate("p/answer", at("1", { id: "a", list: [] }));
  expect(policy.evaluate("p/answer", at("1", { id: "a", list: [] }))).not.toBe(first);
});

test("evaluates again what asked for the time or for chance, and what threw", async () => {
  const policy = await remembering(true);
  const of = (name: string, ns: string) => policy.evaluate(name, at(ns, { id: "a", list: [], ns })).results;
  expect([of("p/now", "1000000001"), of("p/now", "2000000002")]).toEqual([
    [{ result: 1_000_000_001 }],
    [{ result: 2_000_000_002 }],
  ]);
  expect(of("p/chance", "1")).not.toEqual(of("p/chance", "2"));
  for (let time = 0; time < 2; time += 1) expect(faultOf(() => of("p/twice", "1"))).toBe("policy_conflict");
});

describe("the history of a session", () => {
  const reading = (member: string): Projection => ({
    always: { context: { session: { [member]: true } } },
    dispatched: [],
    guarded: [],
  });
  const rules = `package h

read := count(input.context.session.history)

left := count(input.context.session.labels)

chance := rand.intn("x", 1000000) if input.context.session.labels
`;
  const entrypoints = ["h/read", "h/left", "h/chance"];
  const projections = Object.fromEntries(
    entrypoints.map((name) => [name, reading(name === "h/read" ? "history" : "labels")]),
  );

  async function marks(entrypoint: string, known: Readonly<Record<string, Projection>>, times = 1): Promise<number> {
    const { wasm, data } = await compileRego({ "h/h.rego": rules }, entrypoints);
    const policy = await createPolicyEngine({ remembers: true }).prepare(wasm, data, known);
    const document = { context: { session: { history: [], labels: ["a"] } } };
    let marked = 0;
    for (let time = 0; time < times; time += 1)
      policy.evaluate(entrypoint, { ...inputOf(document), markHistoryRead: () => void (marked += 1) });
    return marked;
  }

  test("is noted as read when it is part of what the policy was given, an answer that was remembered included", async () => {
    expect([await marks("h/read", projections), await marks("h/read", projections, 3)]).toEqual([1, 3]);
    expect(await marks("h/left", {})).toBe(1);
  });

  test("is noted when a builtin draws from the whole input, and not when the policy reads other members", async () => {
    expect([await marks("h/chance", projections), await marks("h/left", projections, 2)]).toEqual([1, 0]);
  });
});

test("keeps so many callers' answers only, and those of a caller with its token", () => {
  const memory = new RememberedEvaluations();
  const evaluation = { results: [], fuel: 1 };
  const dependsOn = { footprint: [["n", "whole"]] as const, readsHistory: false };
  const known = (document: InputDocument) => memory.get({ document });
  const asked = (id: string, n: number) => inputOf({ resource: { id }, n }).document;
  memory.set(asked("first", 1), dependsOn, evaluation);
  expect(known(asked("first", 1))).toBe(evaluation);
  expect(known(asked("first", 2))).toBeNull();
  for (let n = 2; n < 10; n += 1) memory.set(asked("first", n), dependsOn, evaluation);
  expect([known(asked("first", 1)), known(asked("first", 9))]).toEqual([null, evaluation]);
  for (let n = 0; n < 64; n += 1) memory.set(asked(`other ${n}`, n), dependsOn, evaluation);
  expect([known(asked("first", 9)), known(asked("other 63", 63))]).toEqual([null, evaluation]);
  const subject = internJson({ id: "bot" });
  const own = { ...asked("first", 1), subject };
  memory.set(own, dependsOn, evaluation);
  expect(sameFootprint("whole", subject, internJson({ id: "other" }))).toBe(false);
  expect([known(own), known({ ...own, subject: internJson({ id: "bot" }) })]).toEqual([evaluation, null]);
});

/** The same document with another value in one place, counted from the first. */
function changed(document: JsonObject, place: number): JsonObject {
  let left = place;
  const at = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(at);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, at(item)]));
    return left-- === 0 ? "changed" : value;
  };
  return at(document) as JsonObject;
}

test("takes two documents for the same only when the same text would be sent of them", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, false, 0, 1, "a", "b"),
      fc.array(tie("value"), { maxLength: 2 }),
      tie("object"),
    ),
    object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 }),
  })).object as fc.Arbitrary<JsonObject>;
  const tree = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2 },
      fc.constant(true),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("tree"), { maxKeys: 3 }),
    ),
  })).tree as fc.Arbitrary<ReadTree>;
  const when = fc.record({
    at: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 2 }),
    is: fc.constantFrom("a", true),
    not: fc.boolean(),
  });
  let same = 0;
  const parts = [fc.dictionary(fc.constantFrom("a", "b"), tree), when, tree, value, value, fc.nat(20)] as const;
  fc.assert(
    fc.property(...parts, (always, one, reads, a, other, place) => {
      const b = place % 2 === 0 ? other : changed(a, place >> 1);
      const projection = { always, dispatched: [], guarded: [{ when: [one], reads }] };
      const projector = new Projector(projection, defaultLimits, {});
      const [first, second] = [inputOf(a), inputOf(b)];
      const footprint = projector.dependsOn(projected(first))?.footprint ?? null;
      const trace = footprint === null ? undefined : traceOf(footprint, a);
      if (footprint === null || trace === undefined || !sameFootprint(footprint, trace, b)) return;
      same += 1;
      expect(projector.write(projected(second)).toString()).toBe(projector.write(projected(first)).toString());
    }),
    { numRuns: 10_000 },
  );
  expect(same).toBeGreaterThan(200);
});
