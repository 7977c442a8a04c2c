import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { type RecordingUpstream, recordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const refund = { order_id: "o-881", amount: 77, currency: "EUR", reason: "broken" };
const call = { method: "POST", path: "/payments/v1/refunds", json: refund } as const;

describe("a gateway that is stopped while a released call runs longer than it may", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await recordingUpstream(() => {});
    gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)], limits: { finish: "300ms" } });
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  it("records that nobody knows what became of it, at the call and at its approval", async () => {
    const agent = gateway.refundBot();
    const held = await agent.call(call);
    const { id } = held.body["approval"] as { id: string };
    await (await gateway.approver()).approve(id);
    const running = agent.call(call).catch((error: Error) => error);
    await eventually("the tool server has the call", () => (upstream.requests.length > 0 ? true : null));
    await gateway.kill("SIGTERM");
    expect(await running).toMatchObject({ status: 502, body: { code: "upstream_cut_off" } });
    expect(lastRecord(gateway.logDir)).toMatchObject({
      kind: "outcome",
      outcome: "unknown",
      code: "upstream_cut_off",
      forwarded_digest: `sha256:${upstream.requests[0]?.digest.replace("sha256:", "")}`,
      approval_id: id,
    });
    expect(gateway.output()).toContain("stopped: 1 call was cut off at tool servers");
    await gateway.startAgain();
    const approver = await gateway.approver();
    expect(await approver.show(id)).toMatchObject({ state: "unknown" });
  });
});

function lastRecord(dir: string): unknown {
  const segments = readdirSync(dir).filter((name) => name.endsWith(".jsonl"));
  const segment = segments.sort().at(-1) ?? "";
  const lines = readFileSync(join(dir, segment), "utf8").trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "");
}
