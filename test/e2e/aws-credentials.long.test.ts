/** A whole gateway that signs for AWS. STS is a small server of our own that answers as it is documented; no package ships it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signatureProblem } from "../support/aws/check-signature.ts";
import { baseKeys, startSts, type TestSts } from "../support/aws/sts.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

describe("a gateway that signs requests for AWS", () => {
  let sts: TestSts;
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  const folder = mkdtempSync(join(tmpdir(), "aws-"));

  beforeAll(async () => {
    [sts, upstream] = await Promise.all([startSts(), recordingUpstream()]);
    writeFileSync(join(folder, "id"), baseKeys.id);
    writeFileSync(join(folder, "secret"), baseKeys.secret);
    const keys = { access_key_id: `file:${folder}/id`, secret_access_key: `file:${folder}/secret` };
    const arn = "arn:aws:iam::123456789012:role/tools";
    gateway = await startGateway({
      routes: [paymentsRoute(upstream.origin, { credential: "api" })],
      policy: (copy) => copy.addData("catalog", { payments: { "POST /v1/notes": note } }),
      config: {
        credentials: {
          api: {
            provider: "aws",
            region: "eu-central-1",
            service: "execute-api",
            keys,
            role: { arn, tags: { agent: "subject", person: "person" }, sts: sts.origin, allow_addresses: ["loopback"] },
          },
        },
      },
    });
  });
  afterAll(async () => {
    for (const one of [gateway, upstream, sts]) await one?.close();
    rmSync(folder, { recursive: true });
  });

  async function send(path: string, person: string, body: string | null = null): Promise<Response> {
    const token = gateway.token({ sub: "refund-bot", role: "refunds", actingFor: person }, "/payments");
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === null ? {} : { "content-type": "application/json" }),
    };
    const init = body === null ? {} : { method: "POST", body };
    return fetch(`${gateway.agents}/payments${path}`, { headers, ...init });
  }

  /** As a server checks it, from the bytes that arrived. */
  function problem(): string | null {
    const request = upstream.requests.at(-1);
    if (request === undefined) return "nothing arrived";
    const arrived = { ...request, headers: request.headers.flat() };
    return signatureProblem(
      arrived,
      (id) => sts.sessions.find((one) => one.accessKeyId === id)?.secretAccessKey ?? null,
    );
  }

  test.each<[string, string, string | null]>([
    ["a path and a query", "/v1/orders/o-881?expand=lines&limit=2", null],
    ["a body", "/v1/notes", '{"order_id":"o-881","text":"naïve"}'],
  ])("signs exactly what arrives: %s", async (_what, path, body) => {
    const answer = await send(path, "alice", body);
    expect([answer.status, problem()]).toEqual([200, null]);
  });

  test("signs for each person with a session of their own, named in its tags", async () => {
    await send("/v1/orders/o-881", "alice");
    await send("/v1/orders/o-881", "bob");
    expect(problem()).toBeNull();
    const tags = sts.sessions.map(({ parameters }) => [
      parameters["Tags.member.1.Value"],
      parameters["Tags.member.2.Value"],
    ]);
    expect(tags).toEqual([
      ["refund-bot", "alice"],
      ["refund-bot", "bob"],
    ]);
  });

  test("takes keys, tokens and signatures out of what comes back, and sends nothing when STS says no", async () => {
    upstream.answerWith((_req, res, { headers }) =>
      res.setHeader("content-type", "application/json").end(JSON.stringify(Object.fromEntries(headers))),
    );
    const text = await (await send("/v1/orders/o-881", "alice")).text();
    const [session] = sts.sessions;
    for (const secret of [session?.accessKeyId, session?.sessionToken, /Signature=[0-9a-f]{64}/])
      expect(text).not.toMatch(secret ?? "");
    sts.failing = { status: 403, code: "AccessDenied" };
    const before = upstream.requests.length;
    const answer = await send("/v1/orders/o-881", "carol");
    expect([answer.status, upstream.requests.length]).toEqual([503, before]);
    expect(await answer.json()).toMatchObject({ code: "credential_unavailable", executed: false });
    await gateway.told("sts answered 403 to AssumeRole: AccessDenied");
    expect(gateway.output()).not.toContain(baseKeys.secret);
  });
});

const note = { sensitivity: "low", reversible: true, sink: "internal", owner: "payments-team", labels: [] };
