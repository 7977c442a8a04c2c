import { BuiltinError, type Builtin, type BuiltinContext } from "../../../../gateway/decide/builtins/types.ts";
import { RegoSet } from "../../../../gateway/decide/value.ts";
import { inputOf } from "../support/compile-rego.ts";
import { faultOf, hosted } from "../support/hosted.ts";

const registry = (name: string, builtin: Builtin): ReadonlyMap<string, Builtin> => new Map([[name, builtin]]);
const TIMED = { document: inputOf({}).document, text: '{"context":{"time":{"ns":1790000000000000001,"hour":1}}}' };

test("hands sets to builtins as sets, and takes sets from them", async () => {
  const seen: unknown[] = [];
  const keep: Builtin = (_context, value) => {
    seen.push(value);
    return true;
  };
  const taking = await hosted("answer := object.subset({3, 1, 2}, input.x)", ["answer"], {
    registry: registry("object.subset", keep),
  });
  expect(taking.evaluate("p/answer", inputOf({ x: [1] })).results).toEqual([{ result: true }]);
  expect((seen[0] as RegoSet).values()).toEqual([1, 2, 3]);
  const giving = await hosted("answer := is_set(json.patch(input.x, []))", ["answer"], {
    registry: registry("json.patch", () => RegoSet.from([2, 4])),
  });
  expect(giving.evaluate("p/answer", inputOf({ x: {} })).results).toEqual([{ result: true }]);
});

test("refuses a policy that needs a builtin the host has not, by name", async () => {
  await expect(hosted("answer := time.now_ns()", ["answer"])).rejects.toThrow("does not have: time.now_ns");
});

test("gives one instant, exact to the nanosecond, from the input", async () => {
  const policy = await hosted("answer := format_int(time.now_ns() - 1790000000000000000, 10)", ["answer"], {
    registry: registry("time.now_ns", ({ nowNs }) => nowNs),
  });
  expect(policy.evaluate("p/answer", TIMED).results).toEqual([{ result: "1" }]);
});

test("gives the same random bytes for the same input, and others for another", async () => {
  const policy = await hosted('answer := uuid.rfc4122("k")', ["answer"], {
    registry: registry("uuid.rfc4122", (context) =>
      Buffer.from([...context.random(40), ...context.random(3)]).toString("hex"),
    ),
  });
  const answer = (x: number): unknown => policy.evaluate("p/answer", inputOf({ x })).results;
  expect(answer(1)).toEqual(answer(1));
  expect(answer(1)).not.toEqual(answer(2));
});

test("takes a builtin error for undefined and any other throw for a fault", async () => {
  const throwing =
    (error: Error): Builtin =>
    () => {
      throw error;
    };
  const rego = 'default answer := "undefined"\n\nanswer := hex.encode(input.x)';
  const refused = await hosted(rego, ["answer"], {
    registry: registry("hex.encode", throwing(new BuiltinError("no"))),
  });
  expect(refused.evaluate("p/answer", inputOf({ x: "a" })).results).toEqual([{ result: "undefined" }]);
  const broken = await hosted(rego, ["answer"], { registry: registry("hex.encode", throwing(new TypeError("bug"))) });
  for (let round = 0; round < 5_000; round += 1)
    expect(faultOf(() => broken.evaluate("p/answer", inputOf({ x: "a" })))).toBe("policy_threw");
});

test("charges builtins, and ends one that spends more than is left", async () => {
  const spend = (context: BuiltinContext, units: unknown): number => {
    context.charge(Number(units));
    return 1;
  };
  const policy = await hosted('answer := rand.intn("a", input.units)', ["answer"], {
    registry: registry("rand.intn", (context, _seed, units) => spend(context, units)),
  });
  const base = policy.evaluate("p/answer", inputOf({ units: 1 })).fuel;
  expect(policy.evaluate("p/answer", inputOf({ units: 2 })).fuel).toBe(base + 1);
  for (const units of [10_000_000, 5_000_000_000, Number.MAX_SAFE_INTEGER]) {
    expect(faultOf(() => policy.evaluate("p/answer", inputOf({ units })))).toBe("policy_out_of_fuel");
  }
});

test("lets a host builtin do the work of a native one, wherever it is called", async () => {
  const redirects = [
    { name: "replace", reason: "test", builtin: ((_context, text) => `host:${String(text)}`) satisfies Builtin },
  ];
  const policy = await hosted('answer := replace(input.x, "", "y")', ["answer"], { redirects });
  expect(policy.evaluate("p/answer", inputOf({ x: "a" })).results).toEqual([{ result: "host:a" }]);
});

test("ends the native replace of an empty text, which never returns, out of fuel", async () => {
  const policy = await hosted('answer := replace(input.x, "", "y")', ["answer"]);
  expect(faultOf(() => policy.evaluate("p/answer", inputOf({ x: "a" })))).toMatch(/policy_out_of_(fuel|memory)/);
});

test("refuses a redirect of a builtin that is not native", async () => {
  await expect(
    hosted("answer := 1", ["answer"], { redirects: [{ name: "time.now_ns", reason: "test", builtin: () => 1 }] }),
  ).rejects.toThrow("cannot be redirected");
});
