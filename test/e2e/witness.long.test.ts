import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../demo/gate/config-file.ts";
import { type Child, startChild } from "../../demo/tools/child.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { parseCheckpoint } from "../../gateway/lib/tlog/checkpoint.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { TimeStampAuthority } from "../support/time-stamp/authority.ts";
import { inProcess } from "../unit/cli/run.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const script = fileURLToPath(new URL("../../scripts/audit-verify/audit_verify.py", import.meta.url));

describe("a log with a witness and a time stamping authority", () => {
  const authority = new TimeStampAuthority();
  let dir: string;
  let payments: ToolServer;
  let gateway: TestGateway;
  let witness: Child | null = null;
  let key: string;
  let port: number;
  const witnessArgs = () => ["audit", "witness", join(dir, "witness"), "--name", "witness.example.com", "--json"];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "witness-test-"));
    port = await freePort();
    ({ key } = JSON.parse((await inProcess(witnessArgs())).stdout) as { key: string });
    payments = await startPayments(0);
    const url = `http://127.0.0.1:${port}`;
    const settings = { url, key, every: "1s", allow_addresses: ["loopback"] };
    await authority.listen();
    const stamps = { url: authority.url, every: "1s", allow_addresses: ["loopback"] };
    gateway = await startGateway({
      routes: [paymentsRoute(payments.origin)],
      config: { record: { witness: settings, time_stamp: stamps } },
    });
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), payments?.stop(), witness?.stop(), authority.remove()]);
    await rm(dir, { recursive: true, force: true });
  });

  async function startWitness(): Promise<void> {
    const args = [...witnessArgs(), "--listen", `127.0.0.1:${port}`, "--log", await logKey()];
    witness = startChild(["gateway/main.ts", ...args]);
    await witness.waitFor((child) => (child.stdout().includes(`"port":${port}`) ? true : null), 60_000);
  }

  const logKey = async (): Promise<string> =>
    (await readFile(join(gateway.logDir, "tlog", "keys"), "utf8")).split("\n")[2] ?? "";
  const readyz = async (): Promise<string> => (await fetch(`${gateway.console}/readyz`)).text();
  const call = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done += 1) expect((await gateway.refundBot().call(order)).status).toBe(200);
  };

  /** The newest checkpoint of the log that the witness knows. */
  async function known(): Promise<string> {
    const origin = (await logKey()).split("+")[0] ?? "";
    const answer = await fetch(`http://127.0.0.1:${port}/checkpoint?origin=${encodeURIComponent(origin)}`);
    return answer.status === 200 ? answer.text() : "";
  }

  const sizeOf = (text: string): number => parseCheckpoint(text)?.size ?? 0;
  const linesNow = async (): Promise<number> => sizeOf(await readFile(join(gateway.logDir, "tlog/checkpoint"), "utf8"));

  interface Report {
    readonly ok: boolean;
    readonly problems: readonly { readonly code: string }[];
    readonly cosigned: object;
    readonly time_stamps: readonly object[];
  }

  async function verified(...more: string[]): Promise<Report> {
    const done = await inProcess(["audit", "verify", gateway.logDir, "--key", await logKey(), "--json", ...more]);
    return JSON.parse(done.stdout) as Report;
  }

  async function otherVerifier(...more: string[]): Promise<{ ok: boolean; problems: string[] }> {
    const args = [script, "--key", await logKey(), ...more, gateway.logDir];
    const { stdout } = await promisify(execFile)("python3", args).catch(
      (failure: unknown) => failure as { stdout: string },
    );
    return JSON.parse(stdout) as { ok: boolean; problems: string[] };
  }

  it("is told as one that nobody cosigns while the witness is away, and calls go on", async () => {
    await call(2);
    await eventually("it is a finding", async () => (/decision-log-witness/.test(await readyz()) ? true : null));
    expect((await fetch(`${gateway.console}/readyz`)).status).toBe(200);
    const report = await verified("--live", "--witness", key);
    expect(report.problems.map(({ code }) => code)).toEqual(["witness"]);
    expect((await otherVerifier("--live", "--witness", key)).ok).toBe(false);
    expect((await verified("--live")).ok).toBe(true);
  });

  it("is cosigned as it grows, which both verifiers check", async () => {
    await startWitness();
    await call(20);
    const lines = await linesNow();
    await eventually("the witness has seen it all", async () => (sizeOf(await known()) >= lines ? true : null));
    await eventually("the finding is gone", async () => (/decision-log-witness/.test(await readyz()) ? null : true));
    await gateway.kill("SIGTERM");
    const report = await verified("--witness", key);
    expect(report).toMatchObject({ ok: true, problems: [], cosigned: { by: "witness.example.com" } });
    // The last of all checkpoints is cosigned before the process ends.
    expect(report.cosigned).toMatchObject({ size: await linesNow() });
    expect(await otherVerifier("--witness", key)).toMatchObject({ ok: true, problems: [] });
  });

  it("is stamped as it grows, and told as one that is not while the authority is away, and calls go on", async () => {
    const whole = await verified("--tsa", authority.rootFile);
    expect(whole).toMatchObject({ ok: true, problems: [] });
    // As with the witness, the last of all checkpoints has one.
    expect(whole.time_stamps.at(-1)).toMatchObject({ size: await linesNow(), by: "CN=Stamp Authority" });
    await authority.close();
    await gateway.startAgain();
    await call(2);
    await eventually("it is a finding", async () => (/decision-log-time-stamp/.test(await readyz()) ? true : null));
    expect((await fetch(`${gateway.console}/readyz`)).status).toBe(200);
    await authority.listen();
    await eventually("the finding is gone", async () => (/decision-log-time-stamp/.test(await readyz()) ? null : true));
    await gateway.kill("SIGTERM");
    const later = await verified("--tsa", authority.rootFile);
    expect(later.ok).toBe(true);
    expect(later.time_stamps.length).toBeGreaterThan(whole.time_stamps.length);
    expect(await otherVerifier()).toMatchObject({ ok: true, time_stamps: "not looked at" });
  });

  it("is found out when it is put back to an earlier moment, by who asks the witness and by the gateway", async () => {
    const data = join(gateway.dir, "data");
    await cp(data, join(dir, "earlier"), { recursive: true });
    const lines = await linesNow();
    await gateway.startAgain();
    await call(5);
    await gateway.kill("SIGTERM");
    expect(await linesNow()).toBeGreaterThan(lines);
    await rm(data, { recursive: true });
    await cp(join(dir, "earlier"), data, { recursive: true });
    // By itself what is there holds: all of it was so once.
    expect(await verified("--witness", key)).toMatchObject({ ok: true });
    const kept = join(dir, "kept.checkpoint");
    await writeFile(kept, await known());
    const report = await verified("--witness", key, "--checkpoint", kept);
    expect(report.problems.map(({ code }) => code)).toEqual(["shorter"]);
    expect((await otherVerifier("--witness", key, "--checkpoint", kept)).ok).toBe(false);
    await gateway.startAgain();
    await eventually("the gateway says so", async () => (/lines are gone/.test(await readyz()) ? true : null));
  });
});
