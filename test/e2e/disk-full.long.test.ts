import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const incident = { kind: "gateway", reason: "incident" };

interface Disk {
  /** Where the store and the log go. */
  readonly dir: string;
  fill(gateway: TestGateway): Promise<void>;
  free(gateway: TestGateway): Promise<void>;
  remove(): Promise<void>;
}

/** No file may grow or be written past its start (setrlimit(2), RLIMIT_FSIZE): works without any privilege. */
async function limitedDisk(): Promise<Disk> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-disk-"));
  const limit = (gateway: TestGateway, bytes: string): Promise<void> => {
    execFileSync("prlimit", ["--pid", String(gateway.pid()), `--fsize=${bytes}:unlimited`]);
    return Promise.resolve();
  };
  return {
    dir,
    fill: (gateway) => limit(gateway, "0"),
    free: (gateway) => limit(gateway, "unlimited"),
    remove: () => rm(dir, { recursive: true }),
  };
}

/** A file system of its own, filled to its last block. */
async function smallDisk(): Promise<Disk> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", dir]);
  const filler = join(dir, "filler");
  return {
    dir,
    fill: async () => {
      const handle = await open(filler, "w");
      for (const size of [65_536, 4_096])
        for (let full = false; !full;) await handle.write(Buffer.alloc(size, 1)).catch(() => (full = true));
      await handle.close();
    },
    free: () => rm(filler),
    remove: async () => {
      execFileSync("umount", [dir]);
      await rm(dir, { recursive: true });
    },
  };
}

function mayMount(): boolean {
  try {
    const dir = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", dir], { stdio: "ignore" });
    execFileSync("umount", [dir]);
    return true;
  } catch {
    return false;
  }
}

const disks: [what: string, make: () => Promise<Disk>][] = [
  ["no file may be written", limitedDisk],
  ...(mayMount() ? [["the file system is full", smallDisk] as [string, () => Promise<Disk>]] : []),
];

describe.each(disks)("when %s", (_what, make) => {
  let payments: ToolServer;
  let disk: Disk;
  let gateway: TestGateway;

  beforeAll(async () => {
    [payments, disk] = await Promise.all([startPayments(0), make()]);
    gateway = await startGateway({
      routes: [paymentsRoute(payments.origin)],
      config: {
        store: { sqlite: join(disk.dir, "store.db") },
        record: { dir: join(disk.dir, "log"), low_space: "0B" },
      },
    });
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), payments?.stop()]);
    await disk?.remove();
  });

  const ready = async (): Promise<[status: number, text: string]> => {
    const answer = await fetch(`${gateway.console}/readyz`);
    return [answer.status, await answer.text()];
  };

  it("refuses every call with its code, forwards none, ends access from memory, and recovers by itself", async () => {
    const agent = gateway.refundBot();
    const operator = await gateway.approver();
    expect((await agent.call(order)).status).toBe(200);
    const pid = gateway.pid();
    await disk.fill(gateway);
    // What is left of a file's last block still takes a record.
    await eventually("a call is refused", async () => ((await agent.call(order)).status === 503 ? true : null));
    const before = await payments.counts();
    const answers = await Promise.all(Array.from({ length: 20 }, () => agent.call(order)));
    expect(answers.map(({ status, body }) => [status, (body as { code: string }).code])).toEqual(
      answers.map(() => [503, "record_unavailable"]),
    );
    expect(await payments.counts()).toEqual(before);
    expect(await ready()).toEqual([503, expect.stringContaining("make room on the disk of the log")]);

    const ended = (await operator.post("/api/revocations", incident)) as { durable: boolean; id: string };
    await eventually("the store has been tried", async () => ((await ready())[1].includes('"store') ? true : null));
    expect(await operator.get("/api/revocations")).toMatchObject({ items: [{ id: ended.id, durable: ended.durable }] });
    expect([await agent.call(order)].map(({ status }) => status)).not.toContain(200);
    expect(gateway.pid()).toBe(pid);
    process.kill(pid, 0);

    await disk.free(gateway);
    await eventually("it is ready again", async () => ((await ready())[0] === 200 ? true : null));
    expect(await agent.call(order)).toMatchObject({ status: 403, body: { code: "gateway_stopped" } });
    await eventually("it is durable", async () => {
      const { items } = (await operator.get("/api/revocations")) as { items: { durable: boolean }[] };
      return items[0]?.durable === true ? true : null;
    });
    await operator.post(`/api/revocations/${ended.id}/lift`, {});
    expect((await agent.call(order)).status).toBe(200);
    expect(await payments.counts()).not.toEqual(before);
  });

  it("is unready when the store's file is replaced while it runs, and ready when it is back", async () => {
    const file = join(disk.dir, "store.db");
    await rename(file, `${file}.aside`);
    await copyFile(`${file}.aside`, file);
    await eventually("it is not ready", async () => ((await ready())[0] === 503 ? true : null));
    expect((await ready())[1]).toContain("store.db was replaced by another file");
    await rename(`${file}.aside`, file);
    await eventually("it is ready again", async () => ((await ready())[0] === 200 ? true : null));
  });
});
