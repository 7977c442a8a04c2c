import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Approver } from "../../demo/agent/approver.ts";
import { type Answer, type AuthzenGateway, startAuthzenGateway } from "../support/authzen-gateway.ts";
import { eventually } from "../support/eventually.ts";

const secret = "a-secret-of-these-tests-only";

interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Receives callbacks; below /moved it sends elsewhere, below /busy it fails. */
async function receiver(): Promise<{ server: Server; origin: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      heard.push({ path: req.url ?? "", headers: req.headers, text: Buffer.concat(chunks).toString() });
      if (req.url?.startsWith("/hooks/moved") === true) res.writeHead(307, { Location: "/secret" }).end();
      else res.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

function refund(amount: number) {
  return {
    subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"] } },
    action: { name: "tools/call" },
    resource: { type: "tool", id: "payments/create_refund" },
    context: { arguments: { order_id: "o-881", amount, currency: "EUR", reason: "broken" } },
  };
}

async function request(gateway: AuthzenGateway, amount: number, callback: object): Promise<Answer> {
  const question = refund(amount);
  const { access_request: denial } = (await gateway.evaluate(question)).body.context;
  return gateway.ask("/access/v1/requests", { json: { ...question, denial, callback } });
}

/** Secrets are files beside the configuration, which is written into a folder that only the start makes. */
function withSecret(callbacks: object) {
  return startAuthzenGateway({
    authzen: { callbacks: { secret: "file:rego/callback.secret", ...callbacks } },
    policy: (copy) => writeFile(join(copy.dir, "callback.secret"), secret),
  });
}

describe("a callback that was asked for", () => {
  let target: Awaited<ReturnType<typeof receiver>>;
  let gateway: AuthzenGateway;
  let approver: Approver;

  beforeAll(async () => {
    target = await receiver();
    gateway = await withSecret({ allow: [`${target.origin}/hooks`], allow_addresses: ["loopback"] });
    approver = await gateway.approver();
  });
  afterAll(async () => {
    await gateway?.close();
    target?.server.closeAllConnections();
    target?.server.close();
  });

  const heardAt = (path: string): Heard[] => target.heard.filter((one) => one.path === path);

  it("tells once, signed, that people have decided, and not what it is worth", async () => {
    const { body } = await request(gateway, 10, { endpoint: `${target.origin}/hooks/a?run=1`, state: { run: 1 } });
    await approver.approve(body.task.id);
    const [heard] = await eventually("the callback arrives", () => {
      const found = heardAt("/hooks/a?run=1");
      return found.length > 0 ? found : null;
    });
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = heard!.headers;
    const digest = createHmac("sha256", secret)
      .update(`${String(id)}.${String(at)}.${heard!.text}`)
      .digest("base64");
    expect(signature).toBe(`v1,${digest}`);
    const told = JSON.parse(heard!.text) as Record<string, unknown>;
    expect(told).toMatchObject({ state: { run: 1 }, task: { id: body.task.id, status: "approved" } });
    expect(told).not.toHaveProperty("result");
    const { approval } = (await gateway.ask(body.task.status_endpoint)).body.result;
    const question = refund(10);
    await gateway.evaluate({ ...question, context: { ...question.context, approval } });
    await eventually("the item is over", async () =>
      (await approver.show(body.task.id)).state === "delivered" ? true : null,
    );
    expect(heardAt("/hooks/a?run=1")).toHaveLength(1);
  });

  it("keeps silent about events that were not asked for", async () => {
    const quiet = await request(gateway, 11, { endpoint: `${target.origin}/hooks/b`, events: ["denied"] });
    const loud = await request(gateway, 12, { endpoint: `${target.origin}/hooks/b`, events: ["denied"] });
    await approver.approve(quiet.body.task.id);
    await approver.deny(loud.body.task.id, "no");
    await eventually("the denial is told", () => (heardAt("/hooks/b").length > 0 ? true : null));
    expect(heardAt("/hooks/b").map(({ text }) => JSON.parse(text).task.status)).toEqual(["denied"]);
  });

  it("is not sent on to where the receiver points", async () => {
    const { body } = await request(gateway, 13, { endpoint: `${target.origin}/hooks/moved` });
    await approver.approve(body.task.id);
    await eventually("it was tried", () => (heardAt("/hooks/moved").length > 0 ? true : null));
    await gateway.told("answered 307");
    expect(heardAt("/secret")).toEqual([]);
  });

  it.each(["/other", "/hooksandmore", "/hooks/../secret", "/hooks/%2e%2e/secret"])(
    "is refused for %s, which is not registered",
    async (path) => {
      const { status, body } = await request(gateway, 14, { endpoint: target.origin + path });
      expect([status, body.code]).toEqual([400, "arap_callback_refused"]);
    },
  );

  it.each([
    ["another port", () => "http://127.0.0.1:1/hooks"],
    ["credentials", () => target.origin.replace("//", "//user:pass@") + "/hooks"],
    ["a fragment", () => `${target.origin}/hooks#x`],
    ["no URL", () => "hooks"],
    ["another scheme", () => "file:///hooks"],
  ])("is refused for %s", async (_what, endpoint) => {
    const { status, body } = await request(gateway, 15, { endpoint: endpoint() });
    expect([status, body.code]).toEqual([400, "arap_callback_refused"]);
  });
});

describe("a callback into the operator's own network", () => {
  const inside = [
    "http://127.0.0.1:9/cb",
    "http://localhost:9/cb",
    "http://[::1]:9/cb",
    "https://127.0.0.1/cb",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/cb",
    "https://192.168.1.1/cb",
    "https://172.16.0.1/cb",
    "https://[fd00::1]/cb",
    "https://[fe80::1]/cb",
    "https://[::ffff:169.254.169.254]/cb",
    "https://0.0.0.0/cb",
    "https://2130706433/cb",
    "https://0x7f.1/cb",
  ];
  let gateway: AuthzenGateway;

  beforeAll(async () => {
    gateway = await withSecret({ allow: inside });
  });
  afterAll(() => gateway?.close());

  it.each(inside)("is refused for %s although it is registered", async (endpoint) => {
    const { status, body } = await request(gateway, 10, { endpoint });
    expect([status, body.code]).toEqual([400, "arap_callback_refused"]);
  });
});
