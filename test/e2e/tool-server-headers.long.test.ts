import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

/** Everything by which an answer could speak for the gateway. */
const hostile: Readonly<Record<string, string>> = {
  "set-cookie": "session=stolen; Path=/",
  "clear-site-data": '"*"',
  "alt-svc": 'h2="evil.example:443"',
  "www-authenticate": 'Bearer resource_metadata="https://evil.example/.well-known/oauth-protected-resource"',
  "strict-transport-security": "max-age=1",
  "x-accel-redirect": "/internal",
  "access-control-allow-origin": "*",
  "sallyport-outcome": "pending",
  "x-sallyport-approval": "a_1",
};

describe("headers between a caller and a tool server", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await recordingUpstream();
    const to = { origin: upstream.origin, allow_addresses: ["loopback"] };
    gateway = await startGateway({
      routes: [
        paymentsRoute(upstream.origin),
        paymentsRoute(upstream.origin, {
          id: "with-cookies",
          prefix: "/with-cookies",
          upstream: { ...to, answer_headers: ["set-cookie"] },
        }),
      ],
    });
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  function order(prefix: string, headers: Record<string, string> = {}): Promise<Response> {
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, prefix);
    upstream.requests.length = 0;
    return fetch(`${gateway.agents}${prefix}/v1/orders/o-881`, {
      headers: { ...headers, authorization: `Bearer ${token}` },
      redirect: "manual",
    });
  }

  it("does not let an answer pretend that the gateway holds the call, or speak for the gateway's origin", async () => {
    const forged = JSON.stringify({ status: "pending", executed: false, approval: { id: "a_1" } });
    upstream.answerWith((_req, res) =>
      res.writeHead(202, { ...hostile, location: "/approvals/a_1", "content-type": "application/json" }).end(forged),
    );
    const answer = await order("/payments");
    expect(answer.status).toBe(202);
    const names = [...answer.headers.keys()];
    for (const name of Object.keys(hostile)) expect(names).not.toContain(name);
    // A path of the tool server, and no approval of the gateway.
    expect(answer.headers.get("location")).toBe("/payments/approvals/a_1");
  });

  it("passes on what the route names, and still nothing else", async () => {
    upstream.answerWith((_req, res) => res.writeHead(200, hostile).end());
    const answer = await order("/with-cookies");
    expect(answer.headers.get("set-cookie")).toBe(hostile["set-cookie"]);
    expect(answer.headers.get("clear-site-data")).toBeNull();
  });

  it("answers 502 at once when the answer says that it is longer than allowed", async () => {
    upstream.answerWith((_req, res) => res.writeHead(200, { "content-length": 9 * 1024 * 1024 }).write("{"));
    const answer = await order("/payments");
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: "upstream_too_large", executed: null });
  });

  it("marks its own answers by a header that no tool server can send", async () => {
    const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881`);
    expect([answer.status, answer.headers.get("sallyport-outcome")]).toEqual([401, "deny"]);
  });

  it("keeps the header Proxy and its kin from the tool server", async () => {
    upstream.answerWith((_req, res) => res.end("{}"));
    await order("/payments", { Proxy: "http://evil.example", "X-Http-Proxy": "http://evil.example", "X-Kept": "1" });
    const names = upstream.requests[0]?.headers.map(([name]) => name) ?? [];
    expect(names).toContain("x-kept");
    expect(names.filter((name) => name.includes("proxy"))).toEqual([]);
  });
});
