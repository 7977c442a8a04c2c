import { blockFolder } from "../support/blocked-folder.ts";
import { type AuthzenGateway, startAuthzenGateway } from "../support/authzen-gateway.ts";
import { eventually } from "../support/eventually.ts";
import { sendRaw, statusesOf } from "../support/raw-client.ts";

const question = {
  subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"] } },
  action: { name: "tools/call" },
  resource: { type: "tool", id: "payments/get_order" },
  context: { arguments: { order_id: "o-881" } },
};

describe("the doors for other enforcement points", () => {
  let gateway: AuthzenGateway;

  beforeAll(async () => {
    gateway = await startAuthzenGateway({ authzen: { evaluations: 3, body: { max: "8KiB", limits: { depth: 8 } } } });
  });
  afterAll(() => gateway?.close());

  it("answers a well-formed question", async () => {
    expect((await gateway.evaluate(question)).body.decision).toBe(true);
  });

  it.each(["/access/v1/evaluation", "/access/v1/evaluations", "/access/v1/requests"])(
    "refuses whoever asks %s without a token of theirs, and says how to come back",
    async (path) => {
      for (const token of [null, gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments"), "nonsense"]) {
        const { status, headers, body } = await gateway.ask(path, { json: question, token });
        expect(status).toBe(401);
        expect(headers.get("www-authenticate")).toMatch(/^Bearer realm=/);
        expect(JSON.stringify(body)).not.toContain('decision":true');
      }
    },
  );

  it("gives its keys to anybody, and nothing secret with them", async () => {
    const { status, body } = await gateway.ask("/access/v1/jwks", { token: null });
    expect(status).toBe(200);
    expect(body.keys).toEqual([
      expect.objectContaining({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid: expect.any(String) }),
    ]);
    expect(body.keys[0]).not.toHaveProperty("d");
  });

  it.each([
    [
      "a key named twice",
      '{"subject":{"type":"user","id":"a"},"subject":{"type":"user","id":"b"}}',
      "json_duplicate_key",
    ],
    ["a key that is alike", '{"subject":{"type":"user","id":"a"},"Subject":{}}', "json_key_refused"],
    ["a prototype", '{"__proto__":{"decision":true}}', "json_key_refused"],
    ["nesting beyond the limit", `{"context":${"[".repeat(20)}${"]".repeat(20)}}`, "json_too_deep"],
    ["a number that no double holds", '{"context":{"n":12345678901234567890}}', "json_number_refused"],
    ["a byte order mark", "\uFEFF{}", "json_text_refused"],
    ["an array", "[]", "authzen_request_invalid"],
    ["an empty subject id", '{"subject":{"type":"user","id":""}}', "authzen_request_invalid"],
  ])("refuses a body with %s", async (_what, raw, code) => {
    for (const path of ["/access/v1/evaluation", "/access/v1/evaluations", "/access/v1/requests"])
      expect(await gateway.ask(path, { raw })).toMatchObject({ status: 400, body: { code } });
  });

  it("refuses what is too large, too many or not offered", async () => {
    const large = { ...question, context: { arguments: { text: "x".repeat(9_000) } } };
    expect(await gateway.evaluate(large)).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    const many = { ...question, evaluations: [{}, {}, {}, {}] };
    expect(await gateway.ask("/access/v1/evaluations", { json: many })).toMatchObject({ status: 400 });
    const bundle = { subject: question.subject, items: [question], denial: { expires_at: "2026-01-01T00:00:00Z" } };
    expect(await gateway.ask("/access/v1/requests", { json: bundle })).toMatchObject({
      status: 400,
      body: { code: "authzen_request_invalid", detail: expect.stringContaining("/items") },
    });
    const get = await gateway.ask("/access/v1/evaluation");
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await gateway.ask("/access/v1/search/subject", { json: question })).status).toBe(404);
    expect((await gateway.ask("/access/v2/evaluation", { json: question })).status).toBe(404);
  });

  it("believes nothing behind a request whose end is not certain", async () => {
    const body = JSON.stringify(question);
    const head = `POST /access/v1/evaluation HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${gateway.pep("envoy")}\r\nContent-Type: application/json\r\n`;
    const good = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    const ambiguous = `${head}Content-Length: ${body.length}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${body}`;
    const last = good.replace("Host: a\r\n", "Host: a\r\nConnection: close\r\n");
    expect(statusesOf(await sendRaw(gateway.agents, good + last, 60_000))).toEqual([200, 200]);
    const answers = statusesOf(await sendRaw(gateway.agents, ambiguous + good));
    expect(answers).not.toContain(200);
    expect(answers[0]).toBe(400);
    const encoded = `${head}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(statusesOf(await sendRaw(gateway.agents, encoded))).toEqual([415]);
  });

  it("does not answer a question that it could not record, and recovers", async () => {
    const unblock = await blockFolder(gateway.logDir);
    // The writer looks at its file once a second: a renamed one takes writes without complaint.
    await eventually("the writer noticed", async () =>
      (await gateway.evaluate(question)).status === 503 ? true : null,
    );
    for (const path of ["/access/v1/evaluation", "/access/v1/evaluations"]) {
      const { status, body } = await gateway.ask(path, { json: { ...question, evaluations: [{}, {}] } });
      expect(status).toBe(503);
      expect(body).not.toHaveProperty("decision");
      expect(body).not.toHaveProperty("evaluations");
    }
    await unblock();
    await eventually("it answers again", async () => ((await gateway.evaluate(question)).status === 200 ? true : null));
  });
});

describe("a gateway without the section authzen", () => {
  it("has no such doors", async () => {
    const gateway = await startAuthzenGateway({ config: { authzen: undefined } });
    try {
      expect((await gateway.evaluate(question)).status).toBe(404);
      expect((await gateway.ask("/.well-known/authzen-configuration")).status).toBe(404);
    } finally {
      await gateway.close();
    }
  });
});
