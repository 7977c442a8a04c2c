import { collectGarbage } from "../../../support/collect-garbage.ts";
import { eventually } from "../../../support/eventually.ts";
import { inputOf } from "../support/compile-rego.ts";
import { faultOf, hosted } from "../support/hosted.ts";

const SURROGATE = { document: inputOf({}).document, text: '{"name":"\\ud800"}' };

test("gives the answer and the fuel it took, the same every time", async () => {
  const policy = await hosted("answer := {1, input.x, data.y}", ["answer"], { data: '{"y": 3}' });
  const first = policy.evaluate("p/answer", inputOf({ x: 2 }));
  expect((first.results as { result: number[] }[])[0]?.result.toSorted()).toEqual([1, 2, 3]);
  expect(first.fuel).toBeGreaterThan(10);
  expect(policy.evaluate("p/answer", inputOf({ x: 2 }))).toEqual(first);
});

test("gives an empty result set for undefined", async () => {
  const policy = await hosted("answer := input.x", ["answer"]);
  expect(policy.evaluate("p/answer", inputOf({})).results).toEqual([]);
});

test("gives answers that nobody can change, and the same object for the same answer", async () => {
  const policy = await hosted('answer := {"list": [input.x]}', ["answer"]);
  const [one, again] = [
    policy.evaluate("p/answer", inputOf({ x: "ä\u0000" })),
    policy.evaluate("p/answer", inputOf({ x: "ä\u0000" })),
  ];
  expect(one.results).toEqual([{ result: { list: ["ä\u0000"] } }]);
  expect(again.results).toBe(one.results);
  expect(() => (one.results as { result: { list: unknown[] } }[])[0]?.result.list.push(1)).toThrow(TypeError);
});

test("is still right after a thousand evaluations that threw", async () => {
  const policy = await hosted(
    "answer := input.x\n\ntwice := 1 if input.x\n\ntwice := 2 if input.x",
    ["answer", "twice"],
    { data: '{"y": 3}' },
  );
  for (let round = 0; round < 1_000; round += 1) {
    expect(faultOf(() => policy.evaluate("p/answer", SURROGATE))).toBe("policy_threw");
    expect(faultOf(() => policy.evaluate("p/twice", inputOf({ x: 1 })))).toBe("policy_conflict");
  }
  expect(policy.evaluate("p/answer", inputOf({ x: "fine" })).results).toEqual([{ result: "fine" }]);
});

describe("what detectors find", () => {
  const reads = { always: { context: { detected: true } }, dispatched: [], guarded: [] } as const;
  const plain = { always: { context: { arguments: {} } }, dispatched: [], guarded: [] } as const;
  const rego = "asks := count(input.context.detected)\n\nsilent := count(input.context)";
  const policy = () => hosted(rego, ["asks", "silent"], { projections: { "p/asks": reads, "p/silent": plain } });
  /** An input of one text, whose findings are looked for when they are read. */
  const callWith = (length: number) => {
    let looked = 0;
    const context = {
      arguments: { a: "x".repeat(length) },
      get detected() {
        looked += 1;
        return [];
      },
    };
    return { input: { document: { context } as never, text: "" }, looked: () => looked };
  };

  test("takes fuel for the texts, the same every time", async () => {
    const hostedPolicy = await policy();
    const fuelOf = (length: number) => hostedPolicy.evaluate("p/asks", callWith(length).input).fuel;
    expect(fuelOf(2_000) - fuelOf(1_000)).toBe(4_000);
    expect(fuelOf(1_000)).toBe(fuelOf(1_000));
  });

  test("is looked for only when there is fuel for it", async () => {
    const { input, looked } = callWith(1_000_000);
    const hostedPolicy = await policy();
    expect(faultOf(() => hostedPolicy.evaluate("p/asks", input))).toBe("policy_out_of_fuel");
    expect(looked()).toBe(0);
  });

  test("costs nothing where nobody asks", async () => {
    const { input, looked } = callWith(1_000_000);
    expect((await policy()).evaluate("p/silent", input).fuel).toBeLessThan(1_000);
    expect(looked()).toBe(0);
  });
});

test("ends a runaway policy out of fuel within 50 ms, and answers the next question", async () => {
  const rego =
    "answer := count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); a * b == input.x])";
  const policy = await hosted(rego, ["answer"]);
  faultOf(() => policy.evaluate("p/answer", inputOf({ x: 7 })));
  // CPU time of this process, the best of ten: neither other processes nor the engine's own threads decide the test.
  const spent = Array.from({ length: 10 }, () => {
    const began = process.cpuUsage();
    expect(faultOf(() => policy.evaluate("p/answer", inputOf({ x: 7 })))).toBe("policy_out_of_fuel");
    const { user, system } = process.cpuUsage(began);
    return user + system;
  });
  expect(Math.min(...spent)).toBeLessThan(50_000);
  const small = await hosted("answer := count(numbers.range(1, input.x))", ["answer"]);
  expect(faultOf(() => small.evaluate("p/answer", inputOf({ x: 100_000_000 })))).toBe("policy_out_of_fuel");
  expect(small.evaluate("p/answer", inputOf({ x: 7 })).results).toEqual([{ result: 7 }]);
});

test("ends a policy that wants more memory than it may have", async () => {
  const policy = await hosted("answer := count(numbers.range(1, input.x))", ["answer"], {
    limits: { memoryBytes: 1024 * 1024, fuel: 2_000_000_000 },
  });
  expect(faultOf(() => policy.evaluate("p/answer", inputOf({ x: 10_000_000 })))).toBe("policy_out_of_memory");
  expect(policy.evaluate("p/answer", inputOf({ x: 7 })).results).toEqual([{ result: 7 }]);
});

test("gives memory back that an unusual input took", async () => {
  const made: WeakRef<WebAssembly.Memory>[] = [];
  const real = WebAssembly.Memory;
  WebAssembly.Memory = class extends real {
    constructor(plan: ConstructorParameters<typeof real>[0]) {
      super(plan);
      made.push(new WeakRef(this));
    }
  };
  const policy = await hosted("answer := count(input.x)", ["answer"]);
  const large = inputOf({ x: Array.from({ length: 100_000 }, (_, index) => index) });
  for (let round = 0; round < 5; round += 1) {
    expect(policy.evaluate("p/answer", large).results).toEqual([{ result: 100_000 }]);
    expect(policy.evaluate("p/answer", inputOf({ x: [1] })).results).toEqual([{ result: 1 }]);
  }
  WebAssembly.Memory = real;
  expect(made.length).toBeGreaterThan(5);
  const alive = (): number => made.filter((memory) => memory.deref() !== undefined).length;
  const left = await eventually("the memory of dropped instances to be free", () => {
    collectGarbage();
    return alive() <= 1 ? alive() : null;
  });
  expect(left).toBe(1);
  expect(policy.evaluate("p/answer", inputOf({ x: [1] })).results).toEqual([{ result: 1 }]);
});

describe("data, which are in memory once", () => {
  const data = {
    y: {
      a: [3, 1, 2],
      b: { c: "text", d: [{ e: 1.5 }, null] },
      names: Object.fromEntries([..."klmnopqr"].map((n) => [n, n])),
    },
  };
  const rego = `
all := data.y

worked := [x |
	some i in input.list
	x := [
		object.union(data.y, {"b": {"c": i}}), sort(data.y.a),
		array.concat(data.y.a, [i]), object.remove(data.y, ["a"]), sum(data.y.a) + i, concat(data.y.b.c, [data.y.b.c]),
		changed(i),
	]
]

changed(i) := copy if {
	copy := data.y with data.y.b.c as i
}
`;
  const of = (policy: Awaited<ReturnType<typeof hosted>>): unknown =>
    (policy.evaluate("p/all", inputOf({})).results as readonly { readonly result: unknown }[])[0]?.result;

  test("stay as they are wherever an evaluation ends for want of fuel", async () => {
    const answering = await hosted(rego, ["all", "worked"], { data: JSON.stringify(data) });
    expect(of(answering)).toEqual(data.y);
    const { fuel } = answering.evaluate("p/all", inputOf({}));
    const policy = await hosted(rego, ["all", "worked"], { data: JSON.stringify(data), limits: { fuel: fuel * 2 } });
    const codes = new Set<string>();
    for (let spare = 0; spare < 400; spare += 1) {
      // A longer text takes more fuel before the work begins, so that each evaluation ends elsewhere.
      const input = inputOf({ list: Array.from({ length: 50 }, (_, index) => index), spare: "x".repeat(spare) });
      codes.add(faultOf(() => policy.evaluate("p/worked", input)));
      if (spare % 10 === 0) expect(of(policy)).toEqual(data.y);
    }
    expect([...codes]).toEqual(["policy_out_of_fuel"]);
    expect(of(policy)).toEqual(data.y);
  });

  test("come along when memory that an unusual input took is given back", async () => {
    const policy = await hosted(rego, ["all", "worked"], { data: JSON.stringify(data) });
    for (let round = 0; round < 3; round += 1) {
      const list = Array.from({ length: 60_000 }, (_, index) => `item ${index}`);
      faultOf(() => policy.evaluate("p/worked", inputOf({ list })));
      expect(of(policy)).toEqual(data.y);
    }
  });
});

test("refuses an input without a text, which OPA would take for no input at all", async () => {
  const policy = await hosted("default answer := true\n\nanswer := false if input.x", ["answer"]);
  for (const text of ["", " ", "null", "[]"]) {
    expect(faultOf(() => policy.evaluate("p/answer", { ...inputOf({}), text }))).toBe("policy_threw");
  }
});

test("refuses an entrypoint the module does not have", async () => {
  const policy = await hosted("answer := 1", ["answer"]);
  expect(policy.entrypoints).toContain("p/answer");
  expect(faultOf(() => policy.evaluate("p/other", inputOf({})))).toBe("policy_undefined");
});
