/** What an MCP client reads of errors: each decides what it does next. */
import { extension, speakerAt, type Version } from "../support/mcp-messages.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const methods = { "tasks/get": true, "tasks/cancel": true, "tasks/update": true };

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream();
  const scoped = { id: "scoped", prefix: "/mcp/scoped", server: "scoped", scopes: ["tools:call", "tools:list"] };
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin), crmRoute(upstream.origin, scoped)],
    policy: (copy) =>
      copy.addData("entitlements", { support: { crm: { tools: { find_ticket: true }, methods }, scoped: {} } }),
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => void (upstream.requests.length = 0));

const at = (version: Version, capabilities: object = {}, prefix = "/mcp/crm") =>
  speakerAt(gateway, version, { capabilities, prefix });

function upstreamKnowsNoMethod(status: number): void {
  upstream.answerWith((_req, res, { body }) => {
    const { id } = JSON.parse(body.toString()) as { id: number };
    res.writeHead(status, { "content-type": "application/json" });
    res.end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } }));
  });
}

describe("a version that nobody knows", () => {
  it("is told with those that there are, so that the client takes another one", async () => {
    const { status, error } = await at("2027-01-01" as Version).ask("server/discover");
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: -32_022,
      data: { requested: "2027-01-01", supported: expect.arrayContaining(["2025-11-25", "2026-07-28"]) },
    });
  });

  it.each(["2025-11-25", "2027-01-01"])(
    "is a mismatch where the header names %s and the body 2026-07-28",
    async (named) => {
      const headers = { "mcp-protocol-version": named };
      const { status, error } = await at("2026-07-28").ask("server/discover", {}, { headers });
      expect([status, error?.code]).toEqual([400, -32_020]);
    },
  );
});

describe("a method that nobody knows", () => {
  it.each(["2025-03-26", "2025-06-18", "2025-11-25"] as const)(
    "does not end a session of %s by a 404",
    async (version) => {
      const { status, error, id } = await at(version).ask("no/such");
      expect([status, error?.code, id]).toEqual([200, -32_601, 1]);
      expect(await at(version).tell("notifications/no-such")).toBe(400);
    },
  );

  it("is a 404 where there are no sessions", async () => {
    const { status, error } = await at("2026-07-28").ask("no/such");
    expect([status, error?.code]).toEqual([404, -32_601]);
  });
});

describe("a question about a task that is not the gateway's", () => {
  it.each([200, 404])(
    "is about an unknown task where the tool server answers %i that it has no tasks",
    async (refusal) => {
      upstreamKnowsNoMethod(refusal);
      for (const speaker of [at("2026-07-28", extension), at("2025-11-25")]) {
        const { status, error } = await speaker.ask("tasks/get", { taskId: "theirs" });
        expect([status, error?.code]).toEqual([200, -32_602]);
      }
      expect(upstream.requests.length).toBe(2);
    },
  );

  it("needs the declaration of the extension in each request", async () => {
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      const { status, error } = await at("2026-07-28").ask(method, { taskId: "theirs" });
      expect([status, error?.code]).toEqual([400, -32_021]);
      expect(error?.data).toMatchObject({ requiredCapabilities: extension });
    }
    expect(upstream.requests).toEqual([]);
  });

  it("has the code of an unknown task, too, where policy keeps it from the caller", async () => {
    const { status, error } = await at("2026-07-28", extension, "/mcp/scoped").ask("tasks/get", { taskId: "theirs" });
    expect([status, error?.code]).toEqual([200, -32_602]);
    expect(error?.message).toContain("Blocked by policy");
  });
});

describe("a tool server that answers 401", () => {
  const challenge = 'Bearer resource_metadata="https://evil.example/.well-known/oauth-protected-resource"';

  beforeEach(() =>
    upstream.answerWith((_req, res) => {
      res.writeHead(401, { "www-authenticate": challenge, "content-type": "application/json" }).end("{}");
    }),
  );

  it.each(["2025-11-25", "2026-07-28"] as const)("is an error of the gateway to a call of %s", async (version) => {
    const { status, result } = await at(version).ask("tools/call", { name: "find_ticket", arguments: { query: "x" } });
    expect(status).toBe(200);
    expect(result).toMatchObject({
      isError: true,
      _meta: { "dev.sallyport/decision": { outcome: "error", code: "upstream_unauthorized" } },
    });
  });

  it("is one to every other message, and never a 401", async () => {
    const { status, error } = await at("2025-11-25").ask("tools/list");
    expect([status, error?.data]).toEqual([200, expect.objectContaining({ code: "upstream_unauthorized" })]);
    expect(await at("2025-11-25").tell("notifications/initialized")).toBe(502);
    const { token } = at("2025-11-25");
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
    const stream = await fetch(`${gateway.agents}/mcp/crm`, { headers });
    expect([stream.status, stream.headers.get("www-authenticate")]).toEqual([502, null]);
  });
});

test("shows the scopes of a route in its metadata and in the challenge", async () => {
  const answer = await fetch(`${gateway.agents}/mcp/scoped`);
  expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
    401,
    expect.stringContaining('scope="tools:call tools:list"'),
  ]);
  const about = await fetch(`${gateway.agents}/.well-known/oauth-protected-resource/mcp/scoped`);
  expect(await about.json()).toMatchObject({ scopes_supported: ["tools:call", "tools:list"] });
});
