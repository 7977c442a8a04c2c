import { FUEL_EXPORT, type Metering, meterModule } from "../../../../gateway/decide/fuel/meter.ts";
import { outlineModule } from "../../../../gateway/decide/fuel/sections.ts";
import { compileRego } from "../support/compile-rego.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];

/** A module with one exported function `f` of the given body, one global, and nothing else. */
function moduleWith(...body: number[]): Uint8Array<ArrayBuffer> {
  const types = section(1, 1, 0x60, 0, 0);
  const globals = section(6, 1, 0x7f, 0, 0x41, 0, 0x0b);
  return new Uint8Array([
    ...HEADER,
    ...types,
    ...section(3, 1, 0),
    ...globals,
    ...section(7, 1, 1, 0x66, 0, 0),
    ...section(10, 1, body.length + 2, 0, ...body, 0x0b),
  ]);
}

interface Metered {
  readonly f: () => void;
  readonly fuel: { value: number };
}

function metered(wasm: Uint8Array, metering?: Metering): Metered {
  const module = new WebAssembly.Module(meterModule(wasm, outlineModule(wasm), metering));
  const { exports } = new WebAssembly.Instance(module, {});
  return { f: exports["f"] as () => void, fuel: exports[FUEL_EXPORT] as { value: number } };
}

test("stops a loop that would never end when the fuel is gone", () => {
  const { f, fuel } = metered(moduleWith(0x03, 0x40, 0x0c, 0, 0x0b));
  fuel.value = 1_000;
  expect(f).toThrow("unreachable");
  expect(fuel.value).toBe(-1);
});

test("stops a function that calls itself for ever by fuel, not by the stack", () => {
  const { f, fuel } = metered(moduleWith(0x10, 0));
  fuel.value = 1_000;
  expect(f).toThrow("unreachable");
  expect(fuel.value).toBe(-1);
});

test("charges nothing for a function without loops or calls", () => {
  const { f, fuel } = metered(moduleWith(0x01));
  fuel.value = 0;
  f();
  expect(fuel.value).toBe(0);
});

test("takes the price of a function for its entry and for each round", () => {
  const price = (entry: number, round: number): Metering => ({ prices: new Map([[0, { entry, round }]]) });
  // loop; br_if 0 of a global that is zero: one round.
  const once = moduleWith(0x03, 0x40, 0x23, 0, 0x0d, 0, 0x0b);
  for (const [entry, round] of [
    [0, 4],
    [4, 0],
    [63, 1],
  ] as const) {
    const { f, fuel } = metered(once, price(entry, round));
    fuel.value = 100;
    f();
    expect(fuel.value).toBe(100 - entry - round);
  }
  const endless = metered(moduleWith(0x03, 0x40, 0x0c, 0, 0x0b), price(0, 4));
  endless.fuel.value = 1_000;
  expect(endless.f).toThrow("unreachable");
});

test("refuses an instruction it does not know", () => {
  expect(() => metered(moduleWith(0xfd, 0x0c))).toThrow("not known to the fuel rewriter");
});

test("refuses bulk memory instructions, whose work no count of loops bounds", () => {
  expect(() => metered(moduleWith(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0))).toThrow("not known to the fuel rewriter");
});

test("refuses what is no module or is cut off", () => {
  expect(() => outlineModule(new Uint8Array([1, 2, 3]))).toThrow("not a WebAssembly module");
  const whole = moduleWith(0x01);
  for (let length = 9; length < whole.length; length += 1) {
    expect(() => metered(whole.subarray(0, length))).toThrow();
  }
});

test("keeps every export, adds one, and stays below a tenth more in size", async () => {
  const { wasm } = await compileRego({ "p/p.rego": 'package p\n\nq if regex.match("a+", input.x)\n' }, ["p/q"]);
  const rewritten = meterModule(wasm, outlineModule(wasm));
  const names = (bytes: Uint8Array): string[] =>
    WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(bytes))).map(({ name }) => name);
  expect(names(rewritten)).toEqual([...names(wasm), FUEL_EXPORT]);
  expect(rewritten.length).toBeLessThan(wasm.length * 1.1);
});
