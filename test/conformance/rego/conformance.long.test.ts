import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const runner = fileURLToPath(new URL("main.ts", import.meta.url));

interface Tally {
  readonly cases: number;
  readonly passed: number;
  readonly exceptions: number;
  readonly unexplained: number;
  readonly disagreements: number;
}

test("answers OPA's own cases as OPA does, metered, every exception explained", async () => {
  const { code, tally, output } = await run();
  expect({ output: code === 0 ? "" : output, ...tally }).toMatchObject({ output: "", unexplained: 0, disagreements: 0 });
  expect(tally.cases).toBeGreaterThanOrEqual(2_400);
  expect(tally.passed).toBeGreaterThanOrEqual(2_350);
  expect(tally.passed + tally.exceptions).toBe(tally.cases);
}, 400_000);

function run(): Promise<{ code: number; tally: Tally; output: string }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [runner], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const last = stdout.trimEnd().split("\n").at(-1) ?? "";
      if (!last.startsWith("{")) return reject(new Error(`no tally: ${stderr.slice(-2_000)}`));
      resolve({ code: error === null ? 0 : 1, tally: JSON.parse(last) as Tally, output: stdout.slice(-4_000) });
    });
  });
}
