import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "../../../scripts/setup/lock.mjs";
import { root } from "./guards/tree.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-lock-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = (): void => {
  throw new Error("waited for a lock that nobody holds");
};

const contenders = 4;

/** A process that notes when it is in, and goes out when all others have found the lock taken. */
function contender(log: string): Promise<number | null> {
  const lock = pathToFileURL(join(root, "scripts", "setup", "lock.mjs"));
  const program = `
    import { appendFileSync, readFileSync } from "node:fs";
    import { setTimeout as pause } from "node:timers/promises";
    import { withLock } from ${JSON.stringify(lock.href)};
    await withLock(${JSON.stringify(file)}, async () => {
      appendFileSync(${JSON.stringify(log)}, "in\\n");
      for (let looks = 0; readFileSync(${JSON.stringify(`${log}.waiting`)}).length < ${contenders - 1}; looks += 1) {
        if (looks === 6_000) throw new Error("not all others wait");
        await pause(10);
      }
      appendFileSync(${JSON.stringify(log)}, "out\\n");
    }, () => appendFileSync(${JSON.stringify(`${log}.waiting`)}, "."));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
  return new Promise((resolve) => child.on("close", resolve));
}

test("lets one of several processes in at a time", async () => {
  const log = join(folder, "log");
  writeFileSync(file, abandonedBy(deadPid())); // all of them find a lock that must be broken first
  writeFileSync(`${log}.waiting`, "");
  const codes = await Promise.all(Array.from({ length: contenders }, () => contender(log)));
  expect(codes).toEqual(codes.map(() => 0));
  expect(readFileSync(log, "utf8")).toBe("in\nout\n".repeat(contenders));
  expect(existsSync(file)).toBe(false);
});

test("breaks the lock of a process that died", async () => {
  writeFileSync(file, abandonedBy(deadPid()));
  await expect(withLock(file, () => Promise.resolve("in"), never)).resolves.toBe("in");
});

test("breaks the lock of another machine when its heart stopped", async () => {
  writeFileSync(file, JSON.stringify({ host: "elsewhere", pid: process.pid, nonce: "n" }));
  const longAgo = new Date(Date.now() - 600_000);
  utimesSync(file, longAgo, longAgo);
  await expect(withLock(file, () => Promise.resolve("in"), never)).resolves.toBe("in");
});

test("waits for a holder that lives", async () => {
  const order: string[] = [];
  const found = Promise.withResolvers<void>();
  const first = withLock(file, () => found.promise.then(() => order.push("first out")), never);
  let waits = 0;
  await withLock(
    file,
    () => Promise.resolve(order.push("second in")),
    () => {
      waits += 1;
      found.resolve();
    },
  );
  await first;
  expect(order).toEqual(["first out", "second in"]);
  expect(waits).toBe(1);
});

test("gives the lock back when the work fails", async () => {
  await expect(withLock(file, () => Promise.reject(new Error("broken")), never)).rejects.toThrow("broken");
  expect(existsSync(file)).toBe(false);
});

function abandonedBy(pid: number): string {
  return JSON.stringify({ host: hostname(), pid, nonce: "n" });
}

function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}
