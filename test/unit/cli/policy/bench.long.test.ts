import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bench as benchVerb } from "../../../../gateway/cli/policy/bench.ts";
import { expectExamples, inProcess } from "../run.ts";
import { readOnlyPolicy } from "../../../support/policy-copy.ts";

const library = readOnlyPolicy();
const golden = join(library, "golden", "holds-a-refund.json");
let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

interface Bench {
  readonly ok: boolean;
  readonly inputs: readonly {
    readonly name: string;
    readonly fuel: number | null;
    readonly fault: string | null;
    readonly us: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number } | null;
  }[];
}

function bench(...args: string[]) {
  return inProcess(["policy", "bench", library, "--rounds", "50", ...args]);
}

test("measures the golden cases, with the same fuel every time", async () => {
  const [first, second] = [await bench("--json"), await bench("--json")].map(({ code, stdout }) => {
    expect(code).toBe(0);
    return JSON.parse(stdout) as Bench;
  });
  expect(first?.inputs.length).toBeGreaterThan(8);
  expect(first?.inputs.map(({ fuel }) => fuel)).toEqual(second?.inputs.map(({ fuel }) => fuel));
  for (const { us, fuel } of first?.inputs ?? []) {
    expect(fuel).toBeGreaterThan(1_000);
    expect(us?.p50).toBeGreaterThan(0);
    expect([us?.p50, us?.p90, us?.p99, us?.max]).toEqual(
      [us?.p50, us?.p90, us?.p99, us?.max].toSorted((a = 0, b = 0) => a - b),
    );
  }
});

test("measures the inputs it is given, as a table for people", async () => {
  const done = await bench("--input", golden);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/^BYTES +FUEL +P50 µs +P90 µs +P99 µs +MAX µs +INPUT\n\d+ +\d+ .*holds-a-refund\.json$/m);
});

test("names an input that cannot be evaluated and exits 1", async () => {
  const deep = join(cwd, "deep.json");
  writeFileSync(deep, `{"phase":"call","context":{"arguments":${"[".repeat(200)}${"]".repeat(200)}}}`);
  const done = await bench("--input", deep, "--json");
  expect(done.code).toBe(1);
  expect(JSON.parse(done.stdout)).toMatchObject({
    ok: false,
    inputs: [{ us: null, fault: expect.stringMatching(/^policy_input_too_large: .*nested deeper/) }],
  });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("policy", [benchVerb]);
});
