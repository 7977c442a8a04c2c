import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { blockFolder } from "../support/blocked-folder.ts";
import { eventually } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { inProcess } from "../unit/cli/run.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const json = { order_id: "o-881", amount: 60, currency: "EUR", reason: "broken" };
const refund = { method: "POST", path: "/payments/v1/refunds", json, headers: { prefer: "wait=30" } } as const;
const script = fileURLToPath(new URL("../../scripts/audit-verify/audit_verify.py", import.meta.url));

describe("the log of a gateway", () => {
  let payments: ToolServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)] });
  });
  afterAll(() => Promise.all([gateway?.close(), payments?.stop()]));

  async function key(): Promise<string> {
    return (await readFile(join(gateway.logDir, "tlog", "keys"), "utf8")).split("\n")[2] ?? "";
  }

  async function verified(
    ...more: string[]
  ): Promise<{ ok: boolean; decisions: number; receipts: number; uncovered: number }> {
    const done = await inProcess(["audit", "verify", gateway.logDir, "--key", await key(), "--json", ...more]);
    return JSON.parse(done.stdout) as Awaited<ReturnType<typeof verified>>;
  }

  /** What `audit verify-proof` says of a call that was released: its decision, its outcome and both receipts. */
  async function proved(decisionId: string | null): Promise<{ stdout: string }> {
    const out = join(gateway.dir, "proofs", decisionId ?? "");
    const args = ["audit", "prove", decisionId ?? "", "--dir", gateway.logDir, "--out", out, "--json"];
    // A checkpoint covers the newest lines within a second.
    const files = await eventually("its outcome and both receipts are proved", async () => {
      const made = await inProcess(args);
      const found = made.code === 0 ? (JSON.parse(made.stdout) as { files: string[] }).files : [];
      const own = found.filter((file) => !/(?:shared|names)[-\d]*\.tlog-proof$/.test(file));
      return own.length === 4 ? found : null;
    });
    const keys = join(gateway.dir, "approval-keys.json");
    const published = await fetch(`${gateway.console}/.well-known/sallyport/approval-keys.json`);
    await writeFile(keys, await published.text());
    const holds = await inProcess(["audit", "verify-proof", ...files, "--key", await key(), "--approval-keys", keys]);
    expect(holds.code).toBe(0);
    return holds;
  }

  async function otherVerifier(...more: string[]): Promise<{ ok: boolean; problems: string[] }> {
    const args = [script, "--key", await key(), ...more, gateway.logDir];
    const { stdout } = await promisify(execFile)("python3", args).catch(
      (failure: unknown) => failure as { stdout: string },
    );
    return JSON.parse(stdout) as { ok: boolean; problems: string[] };
  }

  it("proves an approved call with the receipt of its approval, while it runs", async () => {
    const agent = gateway.refundBot();
    const approver = await gateway.approver();
    expect((await agent.call(order)).status).toBe(200);
    const answer = agent.call(refund);
    const held = await eventually("it is held", async () => (await approver.open())[0] ?? null);
    await approver.approve(held.id);
    const { status, decisionId } = await answer;
    expect(status).toBe(201);
    expect((await proved(decisionId)).stdout).toContain('"kind": "receipt"');
    expect(await verified("--live")).toMatchObject({ ok: true, receipts: 2 });
    expect(await otherVerifier("--live")).toMatchObject({ ok: true });
  });

  it("is reported with what judged, the rule that held the call, and both receipts", async () => {
    const out = join(gateway.dir, "report");
    const { code } = await inProcess([
      ...["audit", "report", "--dir", gateway.logDir, "--out", out, "--key", await key(), "--live"],
    ]);
    const made = JSON.parse(await readFile(join(out, "report.json"), "utf8")) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(made).toMatchObject({
      ok: true,
      policies: [{ digest: expect.stringMatching(/^sha256:/), decisions: 3 }],
      decisions: { total: 3, by_effect: { allow: 2, deny: 0, hold: 1 } },
      approvals: [{ receipts: [{ problem: null }, { problem: null }] }],
      log: { ok: true, decisions: 3, receipts: 2 },
    });
    const { by_rule: rules } = made["decisions"] as { by_rule: { rule: string; hold: number }[] };
    expect(rules.filter(({ hold }) => hold > 0).map(({ rule }) => rule)).not.toEqual(["(none)"]);
    expect(await readFile(join(out, "report.html"), "utf8")).toContain("payments/create_refund");
  });

  it("holds when its folder was put aside and back, and has what people did meanwhile", async () => {
    const agent = gateway.refundBot();
    const approver = await gateway.approver();
    const answer = agent.call({ ...refund, json: { ...json, reason: "late" } });
    const held = await eventually("it is held", async () => (await approver.open())[0] ?? null);
    const unblock = await blockFolder(gateway.logDir);
    expect((await agent.call(order)).status).toBe(503);
    const wanted = { kind: "subject", target: "bad-bot", reason: "stolen", anyway: true };
    const { id } = (await approver.post("/api/revocations", wanted)) as { id: string };
    await approver.post(`/api/revocations/${id}/lift`, {});
    const ready = await fetch(`${gateway.console}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining("decision-log-waiting")]);
    await approver.approve(held.id);
    expect((await answer).body).toMatchObject({ code: "record_unavailable", executed: false });
    await unblock();
    await eventually("it is ready again", async () =>
      (await fetch(`${gateway.console}/readyz`)).status === 200 ? true : null,
    );
    const { status, decisionId } = await agent.call({ ...refund, json: { ...json, reason: "late" } });
    expect(status).toBe(201);
    expect((await proved(decisionId)).stdout).toContain('"kind": "receipt"');
    expect(await verified("--live")).toMatchObject({ ok: true, receipts: 4 });
    expect(await otherVerifier("--live")).toMatchObject({ ok: true });
    const out = join(gateway.dir, "report-late");
    await inProcess(["audit", "report", "--dir", gateway.logDir, "--out", out, "--key", await key(), "--live"]);
    const made = JSON.parse(await readFile(join(out, "report.json"), "utf8")) as Record<string, unknown>;
    expect(made["revocations"]).toMatchObject([
      { action: "revoked", id },
      { action: "lifted", id },
    ]);
  });

  it("holds when the gateway was killed under load, at once and after the next start", async () => {
    const agent = gateway.refundBot();
    const calls = Promise.allSettled(Array.from({ length: 200 }, () => agent.call(order)));
    await eventually("some of them are recorded", async () =>
      (await verified("--live")).decisions > 20 ? true : null,
    );
    await gateway.kill("SIGKILL");
    await calls;
    expect(await verified("--live")).toMatchObject({ ok: true });
    expect(await otherVerifier("--live")).toMatchObject({ ok: true });
    await gateway.startAgain();
    expect((await agent.call(order)).status).toBe(200);
    await gateway.kill("SIGTERM");
    expect(await verified()).toMatchObject({ ok: true, uncovered: 0 });
    expect(await otherVerifier()).toMatchObject({ ok: true, problems: [] });
  });
});
