import { setImmediate } from "node:timers/promises";
import { redirects as hostRedirects } from "../../../../gateway/decide/builtins/registry.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import { compileOnThread, loadOnThread, loadThread } from "../../../../gateway/decide/host/load-on-thread.ts";
import { planRedirects } from "../../../../gateway/decide/host/implementations.ts";
import { compileModule, loadCompiled } from "../../../../gateway/decide/host/prepare.ts";
import { defaultLimits } from "../../../../gateway/decide/host/limits.ts";
import { compileRego, inputOf } from "../support/compile-rego.ts";

const entrypoint = "sallyport/main/decision";
afterAll(() => loadThread.release());

const request = (wasm: Uint8Array) => ({
  wasm,
  data: Buffer.from('{"one": 1}'),
  limits: defaultLimits,
  redirects: [],
  documents: null,
  kept: null,
});
const one = "package sallyport.main\n\ndecision := data.one\n";

test("the load takes the module that was compiled for it, and says itself what was wrong with one", async () => {
  const { wasm } = await compileRego({ "main.rego": one }, [entrypoint]);
  compileOnThread(request(wasm));
  const first = await loadOnThread(request(wasm));
  expect([first.data, Object.keys(first.loaded.entrypoints)]).toEqual([{ one: 1 }, [entrypoint]]);
  compileOnThread(request(wasm));
  expect((await loadOnThread(request(wasm))).kept.key).toBe(first.kept.key);
  const none = Buffer.from("no module");
  compileOnThread(request(none));
  await expect(loadOnThread(request(none))).rejects.toThrow();
  // It was compiled again, and says so.
  const again = await loadOnThread(request(wasm));
  expect([again.data, again.kept.key === first.kept.key]).toEqual([{ one: 1 }, false]);
});

test("a module that was kept is taken for the one that it is, and for no other", async () => {
  const { wasm } = await compileRego({ "main.rego": one }, [entrypoint]);
  const other = await compileRego({ "main.rego": `${one}\nmore := 1\n` }, [entrypoint, "sallyport/main/more"]);
  const { kept } = await loadOnThread(request(wasm));
  const { kept: keptOther } = await loadOnThread(request(other.wasm));
  const entrypointsWith = async (taken: typeof kept): Promise<number> =>
    Object.keys((await loadOnThread({ ...request(wasm), kept: taken })).loaded.entrypoints).length;
  expect(await entrypointsWith(keptOther)).toBe(1);
  // Under its name another one shows that it is the one that is taken.
  expect(await entrypointsWith({ ...kept, compiled: keptOther.compiled })).toBe(2);
});

test.each([
  ["resizable", (length: number) => new ArrayBuffer(length, { maxByteLength: length })],
  ["not resizable", (length: number) => new ArrayBuffer(length)],
])("given bytes whose memory is %s are not read a second time", async (_what, memory) => {
  const { wasm } = await compileRego({ "main.rego": one }, [entrypoint]);
  const compiled = await compileModule(wasm, []);
  const text = `{"list":[${"1,".repeat(1_000_000)}1],"one":1,"one":2}`;
  const bytes = Buffer.from(memory(text.length), 0, text.length);
  bytes.write(text);
  expect(() => loadCompiled(compiled, bytes, defaultLimits, { given: true })).toThrow("the data were read once");
});

test("memory that comes from the thread is given back as it is copied into an instance, and in the end is empty", async () => {
  const rego = "package sallyport.main\n\ndecision := [count(data.list), data.list[0], data.list[99999]]\n";
  const { wasm } = await compileRego({ "main.rego": rego }, [entrypoint]);
  const engine = createPolicyEngine();
  const list = Array.from({ length: 100_000 }, (_, index) => index + 7);
  const { loaded, data } = await loadOnThread({
    wasm,
    data: Buffer.from(JSON.stringify({ list })),
    limits: defaultLimits,
    documents: [],
    kept: null,
    redirects: planRedirects(hostRedirects),
  });
  const { buffer } = loaded.snapshot;
  const whole = buffer.byteLength;
  const policy = engine.hosted(loaded, data);
  const ended = policy.instantiateInTurns();
  // Some turns have passed of several: the first of them make memory and the instance.
  for (let turn = 0; turn < 4; turn += 1) await setImmediate();
  expect(buffer.byteLength).toBeGreaterThan(0);
  expect(buffer.byteLength).toBeLessThan(whole);
  await ended;
  expect(buffer.byteLength).toBe(0);
  expect(policy.evaluate(entrypoint, inputOf({})).results).toEqual([{ result: [100_000, 7, 100_006] }]);
});
