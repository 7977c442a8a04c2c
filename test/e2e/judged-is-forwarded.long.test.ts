import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { sendRaw, statusesOf } from "../support/raw-client.ts";
import { type Recorded, recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

interface Found {
  readonly decision: { readonly judged_digest: string };
  readonly outcome: { readonly forwarded_digest: string } | null;
}

describe("what was judged is what the tool server gets", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  let approver: Approver;
  let token: string;

  beforeAll(async () => {
    upstream = await recordingUpstream();
    gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)] });
    approver = await gateway.approver();
    token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  async function recordOf(decisionId: string | null): Promise<Found & { outcome: object }> {
    return eventually("the decision and its outcome are in the log", async () => {
      const found = (await approver.get(`/api/decisions/${decisionId}`).catch(() => null)) as Found | null;
      return found?.outcome === null ? null : (found as (Found & { outcome: object }) | null);
    });
  }

  async function call(
    path: string,
    init: RequestInit = {},
  ): Promise<{ response: Response; recorded: Recorded | undefined }> {
    upstream.requests.length = 0;
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(gateway.agents + path, { ...init, headers });
    await response.arrayBuffer();
    return { response, recorded: upstream.requests[0] };
  }

  it.each(["/payments/v1/orders/o-881", "/payments/v1/orders/o%2D881", "/payments/v1/refunds?page=2&sort=new%20first"])(
    "records the digest that the tool server works out itself: GET %s",
    async (path) => {
      const { response, recorded } = await call(path);
      expect(response.status).toBe(200);
      const { decision, outcome } = await recordOf(response.headers.get("sallyport-decision"));
      expect(recorded?.digest).toBe(decision.judged_digest);
      expect(recorded?.digest).toBe(outcome.forwarded_digest);
    },
  );

  it("forwards an approved body byte for byte", async () => {
    const body = '{ "order_id":"o-881",\n"amount": 12.50, "currency":"EUR", "reason":"caf\u00e9 \\u00e9" }';
    const init = { method: "POST", headers: { "content-type": "application/json; charset=utf-8" }, body };
    const held = await call("/payments/v1/refunds", init);
    expect(held.response.status).toBe(202);
    expect(held.recorded).toBeUndefined();
    const item = (await approver.open()).find((one) => one.state === "held");
    await approver.approve(item?.id ?? "");
    const { response, recorded } = await call("/payments/v1/refunds", init);
    expect(response.status).toBe(200);
    expect(recorded?.body.toString()).toBe(body);
    const { decision, outcome } = await recordOf(response.headers.get("sallyport-decision"));
    expect(recorded?.digest).toBe(decision.judged_digest);
    expect(recorded?.digest).toBe(outcome.forwarded_digest);
  });

  it("does not take the approval of a large body for the same body with one value changed", async () => {
    const open = '{"order_id":"o-881","amount":12.5,"currency":"EUR","reason":"';
    const post = (body: string) =>
      call("/payments/v1/refunds", { method: "POST", headers: { "content-type": "application/json" }, body });
    const body = `${open}${"x".repeat(4_096 - open.length - 2)}"}`;
    const held = await post(body);
    expect([body.length, held.response.status, held.recorded]).toEqual([4_096, 202, undefined]);
    const item = (await approver.open()).find((one) => one.state === "held");
    await approver.approve(item?.id ?? "");
    const changed = await post(body.replace("12.5", "12.6"));
    expect([changed.response.status, changed.recorded]).toEqual([202, undefined]);
    const { response, recorded } = await post(body);
    expect([response.status, recorded?.body.toString()]).toEqual([200, body]);
    const { decision } = await recordOf(response.headers.get("sallyport-decision"));
    expect(recorded?.digest).toBe(decision.judged_digest);
  });

  it("sends nothing of a large body that has a key twice at its end", async () => {
    const body = `{"order_id":"o-881","reason":"${"x".repeat(5_000)}","order_id":"o-882"}`;
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const { response, recorded } = await call("/payments/v1/refunds", init);
    expect([response.status, recorded]).toEqual([400, undefined]);
  });

  it("strips identity and forwarding headers that a client sends, and its own credential", async () => {
    const sent = {
      "x-forwarded-for": "10.0.0.1",
      "x-forwarded-user": "root",
      forwarded: "for=10.0.0.1",
      "x-real-ip": "10.0.0.1",
      "x-original-url": "/admin",
      "x-rewrite-url": "/admin",
      "x-http-method-override": "DELETE",
      "sallyport-subject": "root",
      x_forwarded_for: "10.0.0.1",
      cookie: "session=stolen",
      "proxy-authorization": "Basic cm9vdDpyb290",
    };
    const { response, recorded } = await call("/payments/v1/orders/o-881", { headers: sent });
    expect(response.status).toBe(200);
    const arrived = recorded?.headers ?? [];
    // The gateway says the caller's name itself; whatever the client said is gone.
    for (const [name, value] of Object.entries(sent)) expect(arrived).not.toContainEqual([name, value]);
    expect(arrived.filter(([name]) => name === "sallyport-subject")).toEqual([["sallyport-subject", "refund-bot"]]);
    expect(
      arrived
        .map(([name]) => name)
        .filter((name) => /forwarded|real-ip|original|rewrite|override|cookie|proxy/.test(name)),
    ).toEqual([]);
    expect(recorded?.headers.filter(([name]) => name === "authorization")).toEqual([
      ["authorization", "Bearer demo-payments-key"],
    ]);
    expect(JSON.stringify(recorded?.headers)).not.toContain(token);
  });

  it.each([
    ["an encoded slash", "/payments/v1/orders/..%2fkeys", 400],
    ["a second slash", "/payments//v1/orders/o-881", 400],
    ["a dot segment", "/payments/v1/../v1/orders/o-881", 400],
    ["another target host", "http://evil.example/payments/v1/orders/o-881", 400],
  ])("refuses %s before anything is sent", async (_what, target, status) => {
    upstream.requests.length = 0;
    const host = new URL(gateway.agents).host;
    const answer = await sendRaw(
      gateway.agents,
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    expect(statusesOf(answer)).toEqual([status]);
    expect(upstream.requests).toHaveLength(0);
  });

  it("forwards nothing of what is pipelined behind an ambiguous request", async () => {
    upstream.requests.length = 0;
    const host = new URL(gateway.agents).host;
    const common = `Host: ${host}\r\nAuthorization: Bearer ${token}\r\n`;
    const ambiguous = `POST /payments/v1/refunds HTTP/1.1\r\n${common}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    const smuggled = `GET /payments/v1/orders/o-881 HTTP/1.1\r\n${common}\r\n`;
    const statuses = statusesOf(await sendRaw(gateway.agents, ambiguous + smuggled));
    expect(statuses).toEqual([400]);
    expect(upstream.requests).toHaveLength(0);
  });

  it("does not follow a redirect of the tool server", async () => {
    upstream.answerWith((_req, res) => res.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end());
    upstream.requests.length = 0;
    const response = await fetch(`${gateway.agents}/payments/v1/orders/o-881`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: "manual",
    });
    expect(response.status).toBe(302);
    expect(upstream.requests).toHaveLength(1);
  });
});
