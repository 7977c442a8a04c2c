import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { describeInChromium, launchChromium } from "../support/chromium.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

interface Answered {
  readonly status: number;
  readonly decision: string | null;
  readonly location: string | null;
  readonly body: unknown;
}

interface Asked {
  readonly url: string;
  readonly token: string;
  readonly method?: string;
  readonly body?: string;
}

/** Runs in the page; the text of the error where the browser keeps the answer from it. */
async function ask({ url, token, method = "GET", body }: Asked): Promise<Answered | string> {
  const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  const headers = { ...type, authorization: `Bearer ${token}`, "sallyport-intent": "a page asks" };
  try {
    const answer = await fetch(url, { method, headers, redirect: "manual", ...(body === undefined ? {} : { body }) });
    const [decision, location] = ["sallyport-decision", "location"].map((name) => answer.headers.get(name));
    return { status: answer.status, decision: decision ?? null, location: location ?? null, body: await answer.json() };
  } catch (failure) {
    return String(failure);
  }
}

describeInChromium("pages that call tools through the gateway", () => {
  let browser: Browser;
  let pages: Server;
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  let page: Page;
  let token: string;

  beforeAll(async () => {
    pages = createServer((_req, res) =>
      res.setHeader("content-type", "text/html").end("<!doctype html><title>page</title>"),
    );
    await new Promise<void>((done) => pages.listen(0, "127.0.0.1", done));
    const { port } = pages.address() as AddressInfo;
    upstream = await recordingUpstream((_req, res) =>
      // What a tool server thinks about pages does not count, and what its answer varies by is not lost.
      res
        .writeHead(200, { "content-type": "application/json", vary: "accept", "access-control-allow-origin": "null" })
        .end("{}"),
    );
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin, { origins: [`http://127.0.0.1:${port}`] })],
    });
    token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([gateway?.close(), upstream?.close()]);
    pages?.close();
  });

  const refund = JSON.stringify({ order_id: "o-881", amount: 120, currency: "EUR", reason: "broken" });

  test("a page of a configured origin reads answers, refusals and held calls, and where those stand", async () => {
    const call = (path: string, more: Partial<Asked> = {}) =>
      page.evaluate(ask, { url: gateway.agents + path, token, ...more });
    expect(await call("/payments/v1/orders/o-881")).toMatchObject({
      status: 200,
      decision: expect.stringMatching(/^d_/),
    });
    expect(await call("/payments/v1/orders/o-881", { token: "nobody" })).toMatchObject({ status: 401 });
    expect(await call("/payments/v1/nothing")).toMatchObject({
      status: 403,
      body: { decision_id: expect.any(String) },
    });
    const held = (await call("/payments/v1/refunds", { method: "POST", body: refund })) as Answered;
    expect(held).toMatchObject({ status: 202, location: expect.stringMatching(/^\/approvals\//) });
    expect(await call(held.location ?? "")).toMatchObject({ status: 200, body: { status: "pending" } });
    // Preflights are the gateway's to answer.
    expect(upstream.requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("a page of any other origin reads nothing, and its call is not made", async () => {
    upstream.requests.length = 0;
    const { port } = pages.address() as AddressInfo;
    const other = await browser.newPage();
    await other.goto(`http://localhost:${port}/`);
    expect(await other.evaluate(ask, { url: `${gateway.agents}/payments/v1/orders/o-881`, token })).toContain(
      "Failed to fetch",
    );
    expect(upstream.requests).toEqual([]);
  });

  test("an answer to a page says by what it varies, in the tool server's words and the gateway's", async () => {
    const { port } = pages.address() as AddressInfo;
    const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881`, {
      headers: { authorization: `Bearer ${token}`, origin: `http://127.0.0.1:${port}` },
    });
    expect(answer.headers.get("vary")).toBe("Origin, accept");
    expect(answer.headers.get("access-control-allow-origin")).toBe(`http://127.0.0.1:${port}`);
  });

  test.each([
    [
      "of an origin that is not configured",
      { origin: "https://evil.example", "access-control-request-method": "GET" },
      403,
    ],
    ["without an origin", { "access-control-request-method": "GET" }, 405],
    [
      "with a list of headers that is none",
      { "access-control-request-method": "GET", "access-control-request-headers": "a b" },
      405,
    ],
  ])("refuses a preflight %s", async (_what, headers: Record<string, string>, status) => {
    const { port } = pages.address() as AddressInfo;
    const origin = { origin: `http://127.0.0.1:${port}` };
    const given = "access-control-request-headers" in headers ? { ...origin, ...headers } : headers;
    const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881`, { method: "OPTIONS", headers: given });
    expect(answer.status).toBe(status);
  });
});
