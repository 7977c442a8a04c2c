import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Approver } from "../../demo/agent/approver.ts";
import { HttpAgent, type HttpAnswer } from "../../demo/agent/http-agent.ts";
import { eventually } from "../support/eventually.ts";
import type { PolicyCopy } from "../support/policy-copy.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { TestTransmitter } from "../support/signals/transmitter.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const change = { method: "GET", path: "/payments/v1/orders/o-881" } as const;
const read = { method: "GET", path: "/payments/v1/refunds" } as const;
const unknown = { method: "POST", path: "/payments/v1/nothing", json: {} } as const;

/** One denial raises the risk of what changes something, three make it critical. */
async function quickly(copy: PolicyCopy): Promise<void> {
  await copy.dropGoldenCases();
  await copy.addData("catalog", { payments: { get_order: { mutates: true } } });
  await copy.addData("risk", {
    thresholds: { raised: 0.3, critical: 0.9 },
    signals: {
      denied_streak: { weight: 0.95, half_life: "1h", calls: 3 },
      outside_event: { weight: 1, half_life: "6h" },
    },
  });
}

const audience = "https://gateway.example/signals";

describe("the risk of calls", () => {
  let folder: string;
  let upstream: RecordingUpstream;
  let idp: TestTransmitter;
  let gateway: TestGateway;
  let approver: Approver;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sallyport-risk-"));
    await writeFile(join(folder, "push"), "Bearer agreed with the idp\n");
    [upstream, idp] = await Promise.all([recordingUpstream(), TestTransmitter.start({ audience })]);
    const api = { allow_addresses: ["loopback"], timeout: "20s" };
    const push = { delivery: "push", authorization: `file:${join(folder, "push")}`, stream: { status_every: "1s" } };
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin)],
      policy: quickly,
      config: { signals: [{ id: "idp", issuer: idp.issuer, audience, about: ["dev"], api, ...push }] },
    });
    await eventually("the stream", () => (idp.streams.size === 1 ? true : null));
    approver = await gateway.approver();
  });
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([idp?.close(), upstream?.close(), rm(folder, { recursive: true, force: true })]);
  });

  async function tell(sub: string, level: "HIGH" | "LOW"): Promise<void> {
    const subject = { format: "iss_sub", iss: "urn:sallyport:development:dev", sub };
    const set = await idp.event("risk-level-change", subject, { principal: "USER", current_level: level });
    expect((await idp.push(set)).status).toBe(202);
  }

  function agent(sub: string): HttpAgent {
    return new HttpAgent(gateway.agents, gateway.token({ sub, role: "refunds" }, "/payments"));
  }

  async function recordOf({ decisionId }: HttpAnswer): Promise<Record<string, unknown>> {
    return eventually("the decision is in the log", async () => {
      const found = (await approver.get(`/api/decisions/${decisionId}`).catch(() => null)) as {
        decision: Record<string, unknown>;
      } | null;
      return found?.decision ?? null;
    });
  }

  const codes = ({ body }: HttpAnswer): unknown[] => (body["reasons"] as { code: string }[]).map(({ code }) => code);

  it("asks people from one threshold on, who see the signals with what was found, and lets the approved call through", async () => {
    const bot = agent("curious-bot");
    expect((await bot.call(change)).status).toBe(200);
    expect((await bot.call(unknown)).status).toBe(403);
    const held = await bot.call(change);
    expect([held.status, codes(held)]).toEqual([202, ["RISK_RAISED"]]);
    const { id } = held.body["approval"] as { id: string };
    const card = (await approver.get(`/api/approvals/${id}`)) as { approval: { reasons: { message: string }[] } };
    expect(card.approval.reasons[0]?.message).toContain('denied_streak 0.32 ("calls denied lately: 1")');
    await approver.approve(id);
    expect((await bot.call(change)).status).toBe(200);
  });

  it("denies from another threshold on, and neither reads nor other callers suffer from it", async () => {
    const bot = agent("stubborn-bot");
    for (let n = 0; n < 3; n++) expect((await bot.call(unknown)).status).toBe(403);
    for (let n = 0; n < 3; n++) {
      const denied = await bot.call(change);
      expect([denied.status, denied.body["code"]]).toEqual([403, "RISK_CRITICAL"]);
      expect(denied.body["detail"]).toContain("calls denied lately: 3");
    }
    expect((await bot.call(read)).status).toBe(200);
    expect((await agent("calm-bot").call(change)).status).toBe(200);
  });

  it("is in the record of the calls whose rules asked, and is said to be left out of the others", async () => {
    const bot = agent("recorded-bot");
    await bot.call(unknown);
    const asked = await recordOf(await bot.call(change));
    expect((asked["input"] as { context: object }).context).toMatchObject({
      risk: { score: 0.32, signals: [{ name: "denied_streak", weight: 0.32, ago: expect.any(Number) }] },
    });
    const unasked = await recordOf(await bot.call(read));
    expect((unasked["input"] as { context: object }).context).not.toHaveProperty("risk");
    expect(unasked["erased"]).toContain("/input/context/risk");
  });

  it("rises from the next call on when another system says so, and falls when that takes it back", async () => {
    const bot = agent("breached-bot");
    expect((await bot.call(change)).status).toBe(200);
    await tell("breached-bot", "HIGH");
    const denied = await bot.call(change);
    expect([denied.status, denied.body["code"]]).toEqual([403, "RISK_CRITICAL"]);
    expect(denied.body["detail"]).toContain("outside_event 0.9");
    expect((await agent("calm-bot").call(change)).status).toBe(200);
    await tell("breached-bot", "LOW");
    expect((await bot.call(change)).status).toBe(200);
  });
});
