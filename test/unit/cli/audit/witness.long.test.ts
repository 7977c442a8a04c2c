import { generateKeyPairSync, hash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../../../../demo/tools/child.ts";
import { witness } from "../../../../gateway/cli/audit/witness.ts";
import { noteKey } from "../../../../gateway/lib/tlog/note.ts";
import { eventually } from "../../../support/eventually.ts";
import { inProcess, expectExamples, sallyport } from "../run.ts";

const dir = mkdtempSync(join(tmpdir(), "witness-cli-"));
const log = noteKey("logs.example.com/gw-1/l_1", generateKeyPairSync("ed25519").privateKey).vkey;
const args = ["audit", "witness", join(dir, "state"), "--name", "witness.example.com"];

afterAll(() => rmSync(dir, { recursive: true }));

test("shows its key without a log, and the same one with logs", async () => {
  await expectExamples("audit", [witness]);
  const shown = await inProcess(args);
  expect([shown.code, shown.stderr]).toEqual([0, ""]);
  const key = shown.stdout.split("\n")[0] ?? "";
  expect(key).toMatch(/^witness\.example\.com\+[0-9a-f]{8}\+B/);
  const ran = await sallyport([...args, "--log", log, "--listen", "127.0.0.1:0"], {
    cwd: dir,
    until: (stdout) => stdout.includes("cosigns logs.example.com/gw-1/l_1 at 127.0.0.1:"),
  });
  expect(ran.stdout.split("\n")[0]).toBe(key);
  expect(ran.code).toBe(0);
});

test("answers nothing but its two requests, and none that is too large", async () => {
  const child = startChild(["gateway/main.ts", ...args, "--log", log, "--listen", "127.0.0.1:0"]);
  const port = await child.waitFor(() => /at 127\.0\.0\.1:(\d+)/.exec(child.stdout())?.[1] ?? null, 60_000);
  const status = async (path: string, body?: string): Promise<number> => {
    const init = body === undefined ? {} : { method: "POST", body };
    return (await fetch(`http://127.0.0.1:${port}${path}`, init)).status;
  };
  expect(await status("/")).toBe(404);
  expect(await status("/add-checkpoint")).toBe(404);
  expect(await status("/add-checkpoint", "old 0\n\nnothing")).toBe(400);
  expect(await status("/add-checkpoint", "x".repeat(70_000))).toBe(413);
  expect(await status("/checkpoint?origin=somebody")).toBe(404);
  expect(await status("//?")).toBe(404);
  mkdirSync(join(dir, "state", `${hash("sha256", "unreadable")}.checkpoint`));
  expect(await status("/checkpoint?origin=unreadable")).toBe(500);
  await eventually("it says why", () => (child.output().includes("cannot answer: EISDIR") ? true : null));
  await child.stop();
});

test("says what is wrong with the command", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  writeFileSync(join(dir, "file"), "");
  const cases: (readonly [string[], RegExp])[] = [
    [[...args, "--log", "nothing"], /"nothing" is no verifier key of Ed25519/],
    [[...args, "--log", log, "--listen", "7700"], /--listen 7700: expected an address and a port/],
    [[...args, "--log", log, "--listen", `127.0.0.1:${port}`], /Cannot listen at 127\.0\.0\.1:\d+: .*EADDRINUSE/],
    [["audit", "witness", join(dir, "file"), "--name", "w"], /file cannot be used/],
    [["audit", "witness", join(dir, "state"), "--name", "a b"], /has a space or a plus/],
    [["audit", "witness", join(dir, "state")], /--name/],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await inProcess(words);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  }
  taken.close();
});
