/** How plain HTTP waits for people: what it is told, what a preference changes, and what a key of its own protects. */
import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { httpClients, type HttpSaid } from "../support/http-clients.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let payments: RecordingUpstream;
let gateway: TestGateway;
let approver: Approver;
let amount = 100;

beforeAll(async () => {
  payments = await recordingUpstream();
  const strict = { id: "strict", prefix: "/strict", hold: { status: 409, max_wait: "1s" } };
  gateway = await startGateway({ routes: [paymentsRoute(payments.origin), paymentsRoute(payments.origin, strict)] });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), payments?.close()]));
beforeEach(() => {
  payments.requests.length = 0;
  payments.answerWith((_req, res) =>
    res.writeHead(201, { "content-type": "application/json" }).end('{"refunded":true}'),
  );
  amount += 1;
});

function heldItem() {
  return eventually("the refund is in the inbox", async () => {
    const open = await approver.open();
    return open.find((item) => item.state === "held" && item.summary.includes(`${amount} `)) ?? null;
  });
}

const idOf = ({ body }: HttpSaid) => (body["approval"] as { id: string }).id;

describe.each(["undici", "curl"] as const)("a plain HTTP caller with %s", (client) => {
  interface Asking {
    readonly headers?: Readonly<Record<string, string>>;
    readonly prefix?: string;
    readonly signal?: AbortSignal;
    readonly reason?: string;
  }

  function refund({ prefix = "/payments", reason = "late", ...more }: Asking = {}): Promise<HttpSaid> {
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, prefix);
    const json = { order_id: "o-881", amount, currency: "EUR", reason };
    return httpClients[client]({ url: `${gateway.agents}${prefix}/v1/refunds`, token, json, ...more });
  }

  function look(location = ""): Promise<HttpSaid> {
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
    return httpClients[client]({ url: gateway.agents + location, token });
  }

  test("without a preference is told at once where to look, and the same request runs once when approved", async () => {
    const held = await refund();
    const { id } = await heldItem();
    expect(held).toMatchObject({
      status: 202,
      headers: {
        location: `/approvals/${id}`,
        "retry-after": expect.stringMatching(/^[1-5]$/),
        "sallyport-outcome": "pending",
      },
      body: { status: "pending", executed: false, approval: { id, status_url: `/approvals/${id}` } },
    });
    expect(held.headers).not.toHaveProperty("preference-applied");
    expect((await look(held.headers["location"])).body).toMatchObject({ status: "pending", executed: false });
    await approver.approve(id);
    expect((await look(held.headers["location"])).body).toMatchObject({ status: "approved", executed: false });
    expect(payments.requests).toHaveLength(0);
    expect(await refund()).toMatchObject({ status: 201, body: { refunded: true } });
    // Its ending is written after the answer.
    const executed = await eventually("it is known to have run", async () => {
      const { body } = await look(held.headers["location"]);
      return body["status"] === "executed" ? body : null;
    });
    expect(executed).toMatchObject({ executed: true });
    expect(await refund()).toMatchObject({ status: 201, headers: { "sallyport-outcome": "replayed" } });
    expect((await refund()).status).toBe(202);
    expect(payments.requests).toHaveLength(1);
  });

  test("that prefers to wait gets the result on its connection", async () => {
    const waiting = refund({ headers: { prefer: "wait=30" } });
    await approver.approve((await heldItem()).id);
    expect(await waiting).toMatchObject({ status: 201, body: { refunded: true } });
    expect(payments.requests).toHaveLength(1);
  });

  test("that waits is told why a person denied, and what to do then", async () => {
    const waiting = refund({ headers: { prefer: "wait=30" } });
    await approver.deny((await heldItem()).id, "delivered in good order");
    expect(await waiting).toMatchObject({
      status: 403,
      body: {
        code: "approval_denied",
        executed: false,
        detail: expect.stringContaining("delivered in good order"),
        next: expect.stringContaining("Do not send it again"),
      },
    });
    expect(payments.requests).toHaveLength(0);
  });

  test("that left while it waited has nothing executed for it", async () => {
    const leaving = new AbortController();
    const waiting = refund({ headers: { prefer: "wait=30" }, signal: leaving.signal }).catch((error: Error) => error);
    const { id } = await heldItem();
    leaving.abort();
    expect(await waiting).not.toHaveProperty("status");
    await eventually("the gateway noticed", async () => {
      const search = "/api/decisions?tool=payments/create_refund&effect=hold&limit=1";
      const { rows } = (await approver.get(search)) as { rows: { outcome: string | null }[] };
      return rows[0]?.outcome === "abandoned" ? true : null;
    });
    await approver.approve(id);
    // A late execution would have shown itself before a call that is approved after it has run.
    amount += 1;
    const later = refund({ headers: { prefer: "wait=30" } });
    await approver.approve((await heldItem()).id);
    expect((await later).status).toBe(201);
    expect(payments.requests.map(({ body }) => JSON.parse(body.toString()))).toEqual([
      expect.objectContaining({ amount }),
    ]);
  });

  test("that left while its call was carried out leaves an outcome that nobody knows, and operators are told", async () => {
    const leaving = new AbortController();
    payments.answerWith(() => leaving.abort());
    const waiting = refund({ headers: { prefer: "wait=30" }, signal: leaving.signal }).catch((error: Error) => error);
    const { id } = await heldItem();
    await approver.approve(id);
    expect(await waiting).not.toHaveProperty("status");
    await eventually("the log names the call", async () => {
      const line = gateway
        .output()
        .split("\n")
        .find((each) => each.includes(id) && each.includes("has no outcome"));
      return line === undefined ? null : true;
    });
    // Its ending is written after that line.
    const unknown = await eventually("its ending is written", async () => {
      const { body } = await look(`/approvals/${id}`);
      return body["status"] === "unknown" ? body : null;
    });
    expect(unknown).toMatchObject({ executed: null });
    expect(payments.requests).toHaveLength(1);
  });

  test("hears which part of its preference was honoured, on a route that holds with another status", async () => {
    const waited = await refund({ prefix: "/strict", headers: { prefer: "wait=600" } });
    expect(waited).toMatchObject({ status: 409, headers: { "preference-applied": "wait=1" } });
    expect(waited.body).toMatchObject({ status: "pending", executed: false });
    const async = await refund({ prefix: "/strict", headers: { prefer: "respond-async" } });
    expect(async).toMatchObject({ status: 409, headers: { "preference-applied": "respond-async" } });
  });

  test("cannot use an Idempotency-Key for another request, nor have one executed twice", async () => {
    const headers = { "idempotency-key": `"refund ${client} ${amount}"` };
    const held = await refund({ headers });
    expect(held.status).toBe(202);
    expect(await refund({ headers, reason: "another" })).toMatchObject({
      status: 422,
      body: { code: "idempotency_reused", executed: false, next: expect.stringContaining("new Idempotency-Key") },
    });
    await approver.approve(idOf(held));
    let release = (): void => undefined;
    payments.answerWith((_req, res) => {
      release = () => void res.writeHead(201, { "content-type": "application/json" }).end('{"refunded":true}');
    });
    const executing = refund({ headers });
    await eventually("the tool server has the call", () => (payments.requests.length === 1 ? true : null));
    const location = `/approvals/${idOf(held)}`;
    expect(await refund({ headers })).toMatchObject({
      status: 409,
      headers: { "retry-after": "1", location },
      body: { code: "approval_running", next: expect.stringContaining("exactly the same request") },
    });
    release();
    expect(await executing).toMatchObject({ status: 201 });
    expect(await refund({ headers })).toMatchObject({ status: 201, headers: { "sallyport-outcome": "replayed" } });
    expect(await refund({ headers })).toMatchObject({
      status: 409,
      headers: { location },
      body: { code: "approval_consumed", next: expect.stringContaining("look at the approval") },
    });
    expect(payments.requests).toHaveLength(1);
  });
});
