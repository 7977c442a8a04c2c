import { Agent } from "node:http";
import { request } from "node:http";
import type { Approver } from "../../demo/agent/approver.ts";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { pause } from "../support/eventually.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const requests = 10_000;
/** The storm goes on until so many have judged requests; a busy machine may build none during the first 10,000. */
const fewestRevisions = 3;
const atMostMs = 200_000;
const parallel = 16;
const everyMs = 200;
const rule = "sallyport/rules/arguments/limits/limits.rego";
const allowed = { method: "GET", path: "/payments/v1/orders/o-881", body: null, expected: [200] };
const denied = {
  method: "POST",
  path: "/payments/v1/refunds",
  body: JSON.stringify({ order_id: "o-900", amount: 9000, currency: "EUR", reason: "storm" }),
  expected: [403],
};

describe("a policy that changes five times a second, broken every third time", () => {
  let payments: ToolServer;
  let gateway: TestGateway;
  let approver: Approver;
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });

  beforeAll(async () => {
    payments = await startPayments(0);
    gateway = await startGateway({ routes: [paymentsRoute(payments.origin)], policy: () => Promise.resolve() });
    approver = await gateway.approver();
  });
  afterAll(() => {
    agent.destroy();
    return Promise.all([gateway?.close(), payments?.stop()]);
  });

  it("answers 10,000 requests by policy alone, each judged by a revision that was active", async () => {
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
    const storm: Storm = { over: false, edits: 0, seen: new Set(), latest: null };
    const storming = Promise.all([editing(gateway, storm), watching(approver, storm)]);
    const surprises: string[] = [];
    /** Seen active before a request that was answered since. */
    const followed = new Set<string>();
    let next = 0;
    const started = performance.now();
    const goesOn = (): boolean =>
      next < requests || (followed.size < fewestRevisions && performance.now() - started < atMostMs);
    async function caller(): Promise<void> {
      while (goesOn()) {
        // Only the builds are still waited for then: they get the machine, and the log stays small.
        if (next >= requests) await pause(everyMs);
        const call = ++next % 4 === 0 ? denied : allowed;
        const { latest } = storm;
        const { status, text } = await send(agent, gateway.agents, token, call);
        if (latest !== null) followed.add(latest);
        if (!call.expected.includes(status)) surprises.push(`${call.method} ${status} ${text}`);
      }
    }
    await Promise.all(Array.from({ length: parallel }, caller));
    const tookMs = Math.round(performance.now() - started);
    storm.over = true;
    await storming;
    expect(surprises).toEqual([]);

    const { seen, edits } = storm;
    const { activated, judged } = await revisions(gateway);
    console.log(
      `${next} requests in ${tookMs} ms, ${edits} edits, ${judged.size} revisions judged, ${seen.size} seen active`,
    );
    expect(edits).toBeGreaterThan(10);
    expect(judged.size).toBeGreaterThan(1);
    for (const revision of judged) expect(activated.has(revision) || seen.has(revision)).toBe(true);
  }, 400_000);
});

interface Storm {
  over: boolean;
  edits: number;
  /** Revisions that were active when somebody looked, and the latest of them. */
  readonly seen: Set<string>;
  latest: string | null;
}

async function editing({ policy }: TestGateway, storm: Storm): Promise<void> {
  if (policy === null) throw new Error("no policy copy");
  const good = await policy.read(rule);
  while (!storm.over) {
    storm.edits += 1;
    const broken = storm.edits % 3 === 0;
    await policy.write(
      rule,
      broken ? `${good}\ndeny contains if {\n` : `${good}\n# edit ${storm.edits}\n_edit := ${storm.edits}\n`,
    );
    await pause(everyMs);
  }
  await policy.write(rule, good);
}

async function watching(approver: Approver, storm: Storm): Promise<void> {
  while (!storm.over) {
    const { active } = (await approver.get("/api/policy")) as { active: { revision: string } | null };
    if (active !== null) storm.seen.add(active.revision);
    storm.latest = active?.revision ?? null;
    await pause(25);
  }
}

/** Revisions as the operations log says they became active, and as decision records name them. */
async function revisions(gateway: TestGateway): Promise<{ activated: Set<string>; judged: Set<string> }> {
  const judged = new Set<string>();
  for (const line of (await readLog(gateway.logDir)).lines) {
    const { bundles = {} } = line as { readonly bundles?: Record<string, { revision: string }> };
    for (const { revision } of Object.values(bundles)) judged.add(revision);
  }
  const output = gateway.output();
  return { activated: new Set([...judged].filter((revision) => output.includes(revision))), judged };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

function send(
  agent: Agent,
  origin: string,
  token: string,
  { method, path, body }: Call,
): Promise<{ status: number; text: string }> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === null ? {} : { "content-type": "application/json" }),
  };
  return new Promise((done, failed) => {
    const req = request(origin + path, { method, headers, agent }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      res.on("end", () => done({ status: res.statusCode ?? 0, text }));
    });
    req.on("error", failed);
    req.end(body ?? undefined);
  });
}
