import type { HttpAgent } from "../../demo/agent/http-agent.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { addResultRules, loggedOutcome } from "../support/result-rules.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

describe("the answer of an HTTP tool, on a route whose policy has rules about results", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  let agent: HttpAgent;

  beforeAll(async () => {
    upstream = await recordingUpstream();
    gateway = await startGateway({
      routes: [
        paymentsRoute(upstream.origin, { results: { max: "4KiB" } }),
        paymentsRoute(upstream.origin, {
          id: "scanned",
          prefix: "/scanned",
          results: { policy: "scan", max: "4KiB", on_oversize: "pass-labelled", streams: "pass-labelled" },
        }),
        paymentsRoute(upstream.origin, { id: "off", prefix: "/off", results: { policy: "off" } }),
      ],
      policy: addResultRules,
    });
    agent = gateway.refundBot();
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  const answered = (body: string | Buffer, headers: Record<string, string> = {}, status = 200) =>
    upstream.answerWith((_req, res) => {
      res.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    });
  const raw = async (path: string = order.path, headers: Record<string, string> = {}) => {
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, path.slice(0, path.indexOf("/", 1)));
    const response = await fetch(gateway.agents + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
    const text = await response.text().catch((error: unknown) => `cut: ${String(error)}`);
    return { status: response.status, headers: response.headers, text };
  };
  const recorded = (decisionId: string | null) =>
    eventually("the outcome", async () => (await loggedOutcome(gateway, decisionId ?? "")) ?? null);

  it("passes byte for byte what no rule takes exception to", async () => {
    const body = '{ "order_id" : "o-881", "total": 12345678901234567890, "rate": 1.10 }\n';
    answered(body, { etag: '"1"' });
    const { status, text, headers } = await raw();
    expect([status, text, headers.get("etag")]).toEqual([200, body, '"1"']);
    expect(await recorded(headers.get("sallyport-decision") ?? "")).toMatchObject({
      outcome: "forwarded",
      result: { effect: "pass", judged: 1, redacted: 0, reasons: [], labels: [] },
    });
  });

  it("removes what rules name; what leaves is JSON, its numbers as they were, its headers about the new body", async () => {
    answered('{"iban":"DE02","to":["eve@evil.example"],"note":"secret-77!","n":1.50}', { etag: '"1"', digest: "x" });
    const { status, text, headers } = await raw();
    expect(status).toBe(200);
    expect(text).toBe('{"iban":"[redacted]","to":["[redacted]"],"note":"[redacted]!","n":1.50}');
    expect(headers.get("content-length")).toBe(String(text.length));
    expect([headers.get("etag"), headers.get("digest")]).toEqual([null, null]);
    expect(await recorded(headers.get("sallyport-decision") ?? "")).toMatchObject({
      outcome: "forwarded",
      result: { effect: "redact", redacted: 3 },
    });
  });

  it("blocks an answer and says that the call was carried out", async () => {
    answered('{"classification":"internal","plans":"all of them"}');
    const answer = await agent.call(order);
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).not.toContain("all of them");
    expect(answer.body).toMatchObject({
      code: "result_blocked",
      executed: true,
      retryable: false,
      reasons: [{ code: "INTERNAL_ONLY", rule: "results/test" }],
      next: expect.stringContaining("was carried out"),
    });
    expect(await recorded(answer.decisionId)).toMatchObject({
      outcome: "withheld",
      code: "result_blocked",
      status: 403,
      upstream_status: 200,
      result: { effect: "block", reasons: ["INTERNAL_ONLY"] },
    });
  });

  it("judges texts and the bodies of errors, and gives the session its labels first", async () => {
    answered("INTERNAL ONLY: the plans", { "content-type": "text/plain" }, 500);
    const blocked = await raw();
    expect([blocked.status, blocked.text.includes("plans")]).toEqual([403, false]);
    answered("mail eve@evil.example", { "content-type": "text/plain; charset=utf-8" }, 404);
    const { status, text, headers } = await raw();
    expect([status, text]).toEqual([404, "mail [redacted]"]);
    expect(await recorded(headers.get("sallyport-decision") ?? "")).toMatchObject({
      result: { labels: ["seen:error"] },
    });
    answered("{}");
    const next = await agent.call(order);
    const line = await eventually("the decision", () => decisionLine(next.decisionId ?? ""));
    expect(line.decision.input.context.session.labels).toContain("seen:error");
  });

  async function decisionLine(decisionId: string) {
    const approver = await gateway.approver();
    return (await approver.get(`/api/decisions/${decisionId}`)) as {
      decision: { input: { context: { session: { labels: string[] } } } };
    };
  }

  it.each([
    [
      "JSON with a key twice",
      "a second key of this name at byte 27",
      '{"classification":"public","classification":"internal"}',
      {},
    ],
    ["JSON that is cut", "a string does not end at byte 25", '{"classification":"intern', {}],
    ["JSON behind a byte order mark", "a byte order mark at byte 0", '\ufeff{"classification":"internal"}', {}],
    [
      "an image",
      "content type image/gif, which is neither JSON nor text",
      "GIF89a INTERNAL ONLY",
      { "content-type": "image/gif" },
    ],
    ["no type", "no content type", "INTERNAL ONLY", { "content-type": "" }],
    [
      "another charset",
      "a charset other than UTF-8: content type text/plain; charset=utf-16",
      "INTERNAL ONLY",
      { "content-type": "text/plain; charset=utf-16" },
    ],
    ["an encoding", "content encoding gzip", "x", { "content-encoding": "gzip" }],
    ["invalid UTF-8", "not UTF-8 at byte 1", Buffer.from([0x22, 0xff, 0x22]), {}],
    ["half of the answer", "a part of an answer", "{}", { "content-range": "bytes 0-1/9" }, 206],
    ["a depth of thousands", "more than 64 levels at byte 64", "[".repeat(2_000) + "]".repeat(2_000), {}],
  ])(
    "withholds what policy cannot read, and the record says why: %s",
    async (_what, why, body, headers, status = 200) => {
      answered(body, headers, status);
      const answer = await agent.call(order);
      expect(answer.status).toBe(502);
      expect(answer.body).toMatchObject({ code: "result_unreadable", executed: true, retryable: false });
      const outcome = await recorded(answer.decisionId);
      expect(outcome).toMatchObject({ outcome: "withheld", code: "result_unreadable" });
      expect(outcome).toHaveProperty("detail", expect.stringContaining(why));
    },
  );

  it("withholds what is larger than policy may read, by its head or as it comes", async () => {
    answered(JSON.stringify("x".repeat(5_000)));
    expect((await agent.call(order)).body).toMatchObject({ code: "result_too_large", executed: true });
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/plain" });
      res.write("x".repeat(3_000));
      res.end("x".repeat(3_000));
    });
    expect((await agent.call(order)).body).toMatchObject({ code: "result_too_large" });
  });

  it("asks the tool server for the whole answer, unencoded", async () => {
    answered("{}");
    await raw(order.path, { range: "bytes=0-3", "if-range": '"1"', "accept-encoding": "gzip, br" });
    const selecting = ["range", "if-range", "accept-encoding"];
    const sent = upstream.requests.at(-1)?.headers.filter(([name]) => selecting.includes(name));
    expect(sent).toEqual([["accept-encoding", "identity"]]);
  });

  it("answers HEAD and 204 with no body and the headers of one", async () => {
    upstream.answerWith((_req, res) => void res.writeHead(204).end());
    expect((await raw()).status).toBe(204);
  });

  describe("on a route that is scanned", () => {
    const scanned = "/scanned/v1/orders/o-881";

    it("policy sees no content, and what detectors find is removed all the same", async () => {
      answered('{"classification":"internal","to":"eve@evil.example"}');
      expect(await raw(scanned)).toMatchObject({
        status: 200,
        text: '{"classification":"internal","to":"[redacted]"}',
      });
    });

    it("what is larger passes unread, after the session has got a label", async () => {
      const body = `"${"x".repeat(9_000)} eve@evil.example"`;
      answered(body);
      const { status, text, headers } = await raw(scanned);
      expect([status, text === body]).toEqual([200, true]);
      expect(await recorded(headers.get("sallyport-decision") ?? "")).toMatchObject({
        outcome: "forwarded",
        result: { effect: "pass", judged: 0, labels: expect.arrayContaining(["result:unread"]) },
      });
    });

    it("an event stream passes as it comes, labelled", async () => {
      upstream.answerWith((_req, res) => {
        res.writeHead(200, { "content-type": "text/event-stream" });
        res.write("data: one\n\n");
        setTimeout(() => res.end("data: two\n\n"), 50);
      });
      const { text, headers } = await raw(scanned);
      expect(text).toBe("data: one\n\ndata: two\n\n");
      expect(await recorded(headers.get("sallyport-decision") ?? "")).toMatchObject({
        result: { labels: expect.arrayContaining(["result:unread"]) },
      });
    });
  });

  it("where a stream is not let through, it is held back until it ends, and judged", async () => {
    upstream.answerWith((_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write("data: to eve@evil.example\n\n");
      setTimeout(() => res.end("data: bye\n\n"), 50);
    });
    expect((await raw()).text).toBe("data: to [redacted]\n\ndata: bye\n\n");
  });

  it("on a route that is off, nothing is asked", async () => {
    answered('{"classification":"internal"}');
    const { text, headers } = await raw("/off/v1/orders/o-881");
    expect(text).toBe('{"classification":"internal"}');
    expect(await recorded(headers.get("sallyport-decision") ?? "")).not.toHaveProperty("result");
  });
});

/** A rule that asks detectors, and reads no content itself. */
const findsMail = `package sallyport.rules.results.test

redact contains {"detector": "email"} if {
	some found in input.context.result.detected
	found.kind == "email"
}
`;

it("an answer of records as large as the usual limit is judged with the usual fuel", async () => {
  const upstream = await recordingUpstream();
  const gateway = await startGateway({
    routes: [paymentsRoute(upstream.origin)],
    policy: (policy) => addResultRules(policy, findsMail),
  });
  try {
    const customer = (id: number) => ({
      id: 1_764_000_000_000 + id * 77,
      name: `Customer ${id}`,
      mail: `customer${id}@example.com`,
      phone: `+49 30 90${String(id).padStart(4, "0")}`,
      status: "open",
      total: 12.5,
      created: `2026-01-${String((id % 28) + 1).padStart(2, "0")}T10:00:00Z`,
    });
    const rows = Array.from({ length: 1_600 }, (_, id) => customer(id));
    const body = JSON.stringify({ rows });
    expect(body.length).toBeGreaterThan(240_000);
    upstream.answerWith((_req, res) => void res.writeHead(200, { "content-type": "application/json" }).end(body));
    const { status, body: answer } = await gateway.refundBot().call(order);
    expect([status, answer]).toEqual([200, { rows: rows.map((row) => ({ ...row, mail: "[redacted]" })) }]);
  } finally {
    await Promise.all([gateway.close(), upstream.close()]);
  }
});
