import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../../gateway/decide/host/hosted-policy.ts";
import { RememberedEvaluations } from "../../../../gateway/decide/host/remembered.ts";
import type { Projection } from "../../../../gateway/domain/projection.ts";
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

test("forgets what was not asked for lately, and keeps no long text", () => {
  const memory = new RememberedEvaluations();
  const evaluation = { results: [], fuel: 1 };
  memory.set("kept", evaluation);
  memory.set("lost", evaluation);
  for (let index = 0; index < 3_000; index += 1) {
    memory.set(String(index), evaluation);
    expect(memory.get("kept")).toBe(evaluation);
  }
  expect(memory.get("lost")).toBeNull();
  memory.set("x".repeat(5_000), evaluation);
  expect(memory.get("x".repeat(5_000))).toBeNull();
});
