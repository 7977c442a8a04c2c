import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const moduleOf = (path: string): string => JSON.stringify(new URL(`../../../../gateway/${path}`, import.meta.url).href);

/** A verb that works in a temporary folder until it is asked to stop, and then for as long as nobody ends it. */
const verb = `
  import { hearSignals } from ${moduleOf("cli/common/signals.ts")};
  import { inTemporaryFolder } from ${moduleOf("lib/temporary-folder.ts")};
  const { stop } = hearSignals();
  stop.addEventListener("abort", () => console.log("asked"));
  setInterval(() => undefined, 1_000);
  await inTemporaryFolder("sallyport-test-", () => {
    console.log("working");
    return new Promise(() => undefined);
  });`;

let temporary: string;
beforeEach(() => (temporary = mkdtempSync(join(tmpdir(), "sallyport-signals-"))));
afterEach(() => rmSync(temporary, { recursive: true }));

async function working() {
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", verb], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = async (): Promise<string> => String((await once(child.stdout, "data"))[0]).trim();
  expect(await said()).toBe("working");
  expect(readdirSync(temporary)).toHaveLength(1);
  return { child, said };
}

test("SIGTERM ends a verb at once, and its temporary folders are gone", async () => {
  const { child } = await working();
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([143, null]);
  expect(readdirSync(temporary)).toEqual([]);
});

test("the first Ctrl-C asks a verb to stop, the second one ends it as SIGTERM does", async () => {
  const { child, said } = await working();
  child.kill("SIGINT");
  expect(await said()).toBe("asked");
  expect(readdirSync(temporary)).toHaveLength(1);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  expect(readdirSync(temporary)).toEqual([]);
});
