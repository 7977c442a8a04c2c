import { compileOnThread, loadOnThread, loadThread } from "../../../../gateway/decide/host/load-on-thread.ts";
import { defaultLimits } from "../../../../gateway/decide/host/limits.ts";
import { compileRego } from "../support/compile-rego.ts";

const entrypoint = "sallyport/main/decision";
afterAll(() => loadThread.release());

test("the load takes the module that was compiled for it, and says itself what was wrong with one", async () => {
  const { wasm } = await compileRego({ "main.rego": "package sallyport.main\n\ndecision := data.one\n" }, [entrypoint]);
  const request = (module: Uint8Array) => ({
    ...{ wasm: module, data: Buffer.from('{"one": 1}'), limits: defaultLimits, redirects: [], documents: null },
  });
  compileOnThread(request(wasm));
  const first = await loadOnThread(request(wasm));
  expect([first.data, Object.keys(first.loaded.entrypoints)]).toEqual([{ one: 1 }, [entrypoint]]);
  compileOnThread(request(wasm));
  expect((await loadOnThread(request(wasm))).key).toBe(first.key);
  const none = Buffer.from("no module");
  compileOnThread(request(none));
  await expect(loadOnThread(request(none))).rejects.toThrow();
  // It was compiled again, and says so.
  const again = await loadOnThread(request(wasm));
  expect([again.data, again.key === first.key]).toEqual([{ one: 1 }, false]);
});
