import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const secret = `whsec_${Buffer.alloc(32, "s").toString("base64")}`;

function refund(order: string) {
  const json = { order_id: order, amount: 77, currency: "EUR", reason: "broken" };
  return { method: "POST", path: "/payments/v1/refunds", json } as const;
}

interface Event {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly approval: string; readonly link: string };
}

describe("a gateway that tells people through a channel", () => {
  let payments: ToolServer;
  let receiver: RecordingUpstream;
  let gateway: TestGateway;
  let folder: string;
  let status = 200;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-secret-"));
    writeFileSync(join(folder, "whsec"), secret);
    payments = await startPayments(0);
    receiver = await recordingUpstream((_req, res) => res.writeHead(status).end());
    const channels = {
      webhooks: { audit: { url: `${receiver.origin}/hook`, secrets: [`file:${join(folder, "whsec")}`] } },
      notify: [{ to: ["audit"] }],
      delivery: { first_retry: "100ms", longest_retry: "200ms", attempts: 100, timeout: "10s" },
    };
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)], config: { channels } });
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), payments?.stop(), receiver?.close()]);
    rmSync(folder, { recursive: true });
  });

  /** Taken by the receiver, each with its signature checked. */
  function taken(): Event[] {
    return receiver.requests.map(({ headers, body }) => {
      const verified = new Webhook(secret).verify(body.toString("utf8"), Object.fromEntries(headers)) as Event;
      return { ...verified, id: headers.find(([name]) => name === "webhook-id")?.[1] ?? "" };
    });
  }

  const metrics = async () => (await fetch(`${gateway.console}/metrics`)).text();
  const sent = (count: number) => `sallyport_channel_messages_total{channel="audit",outcome="sent"} ${count}`;
  const types = (approval: string) => taken().flatMap(({ type, data }) => (data.approval === approval ? [type] : []));

  it("tells of a held call, whose link changes nothing, and then how it ended", async () => {
    const agent = gateway.refundBot();
    const held = await agent.call(refund("o-1"));
    const { id } = held.body["approval"] as { id: string };
    const event = await eventually("the receiver has heard", () => taken().at(-1) ?? null);
    expect(event).toMatchObject({
      type: "approval.held",
      data: { approval: id, link: `${gateway.console}/approvals/${id}` },
    });
    const approver = await gateway.approver();
    const before = (await approver.open()).find((item) => item.id === id);
    for (const method of ["GET", "HEAD"]) expect((await fetch(event.data.link, { method })).status).toBe(200);
    expect((await approver.open()).find((item) => item.id === id)).toEqual(before);
    await approver.approve(id);
    expect((await agent.call(refund("o-1"))).status).toBe(201);
    await eventually("the outcome is told", () => (types(id).at(-1) === "approval.delivered" ? true : null));
    const several = /sallyport_channel_messages_total\{channel="audit",outcome="sent"\} [2-9]/;
    await eventually("it is counted", async () => (several.test(await metrics()) ? true : null));
  });

  it("tells after a kill what it could not tell before, and nothing twice", async () => {
    status = 503;
    const held = await gateway.refundBot().call(refund("o-2"));
    expect(held.status).toBe(202);
    const { id } = held.body["approval"] as { id: string };
    await gateway.kill("SIGKILL");
    status = 200;
    receiver.requests.length = 0;
    await gateway.startAgain();
    // Whatever the first life left, by a lease or by a wait, ends within the lease.
    await eventually("it is told", () => (types(id).length > 0 ? true : null));
    // What was taken but not yet written down may be said again, under the same id; that has a test of its own.
    await eventually("it is written down", async () => ((await metrics()).includes(sent(1)) ? true : null));
    const heard = taken().length;
    await gateway.kill("SIGKILL");
    await gateway.startAgain();
    const other = await gateway.refundBot().call(refund("o-3"));
    const { id: later } = other.body["approval"] as { id: string };
    await eventually("the next one is told", () => (types(later).length > 0 ? true : null));
    expect(types(id)).toEqual(["approval.held"]);
    expect(taken()).toHaveLength(heard + 1);
  });

  it("shows what was given up, and stays ready", async () => {
    status = 404;
    const held = await gateway.refundBot().call(refund("o-4"));
    const { id } = held.body["approval"] as { id: string };
    const report = await eventually("health tells of it", async () => {
      const answer = await fetch(`${gateway.console}/readyz`);
      const health = (await answer.json()) as { ready: boolean; findings: { name: string; problem: string }[] };
      return health.findings.some(({ name }) => name === "channels") ? { status: answer.status, ...health } : null;
    });
    expect(report).toMatchObject({ status: 200, ready: true });
    expect(report.findings[0]?.problem).toBe("messages to people were given up (audit: 1)");
    expect(await metrics()).toContain('sallyport_channel_letters{channel="audit",state="dead"} 1');
    expect(gateway.output()).not.toContain(secret);
    expect(id).toMatch(/^a_/);
  });
});
