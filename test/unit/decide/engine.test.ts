import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import type { Projections } from "../../../gateway/domain/ports.ts";
import { compileRego, inputOf } from "./support/compile-rego.ts";

const entrypoint = "sallyport/main/decision";
const rego = "package sallyport.main\n\ndecision := data.large.one\n";
const data = { sallyport: { site: {} }, large: { one: 1 }, other: { two: 2 }, ["__proto__"]: { three: 3 } };
const text = Buffer.from(JSON.stringify(data));
const engine = createPolicyEngine();
afterAll(() => engine.releaseLoad());

const projections = (path: readonly (string | null)[]): Projections => ({
  [entrypoint]: { always: {}, dispatched: [], guarded: [{ when: [{ data: path }], reads: {} }] },
});

test.each([
  ["those that are named", {}, ["sallyport"]],
  ["that conditions look into", projections(["other", "two"]), ["sallyport", "other"]],
  ["all, where a condition looks into any", projections([null, "two"]), Object.keys(data)],
])("documents come back as objects: %s, and the module has all of the data", async (_what, reads, names) => {
  const { wasm } = await compileRego({ "main.rego": rego }, [entrypoint]);
  const loaded = await engine.load(wasm, text, reads, ["sallyport"]);
  expect(Object.keys(loaded.data)).toEqual(names);
  expect(loaded.policy.evaluate(entrypoint, inputOf({})).results).toEqual([{ result: 1 }]);
});

test("a load says whether the module is that of the load before, and was warmed up", async () => {
  const { wasm } = await compileRego({ "main.rego": rego }, [entrypoint]);
  const other = await compileRego({ "main.rego": `${rego}\nmore := 1\n` }, [entrypoint, "sallyport/main/more"]);
  const own = createPolicyEngine();
  const warm: boolean[] = [];
  for (const module of [wasm, wasm, wasm, other.wasm, wasm]) {
    const loaded = await own.load(module, text);
    warm.push(loaded.isWarm);
    // As after a self-test that fails, the first is not.
    if (warm.length > 1) loaded.warmed();
  }
  expect(warm).toEqual([false, false, true, false, false]);
});

test("a module that is expected is the one that is loaded, and one in between that cannot be compiled or is not loaded changes no answer", async () => {
  const { wasm } = await compileRego({ "main.rego": rego }, [entrypoint]);
  const other = await compileRego({ "main.rego": `${rego}\nmore := 1\n` }, [entrypoint, "sallyport/main/more"]);
  const own = createPolicyEngine();
  const answered = async (): Promise<boolean> => {
    const loaded = await own.load(wasm, text);
    expect(loaded.policy.evaluate(entrypoint, inputOf({})).results).toEqual([{ result: 1 }]);
    loaded.warmed();
    return loaded.isWarm;
  };
  own.expectModule(wasm);
  expect([await answered(), await answered()]).toEqual([false, true]);
  own.expectModule(wasm);
  expect(await answered()).toBe(true);
  own.expectModule(other.wasm);
  expect(await answered()).toBe(true);
  own.expectModule(Buffer.from("no module"));
  expect(await answered()).toBe(true);
  await expect(own.load(Buffer.from("no module"), text)).rejects.toThrow();
  expect(await answered()).toBe(true);
  // It stays what it is when the thread ends.
  own.releaseLoad();
  expect(await answered()).toBe(true);
});
