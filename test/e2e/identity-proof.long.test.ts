import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DpopSession, withDpop } from "@modelcontextprotocol/client";
import { startPayments, type ToolServer } from "../../demo/tools/start.ts";
import { type Authority, issue, rootAuthority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type DpopKey, dpopKey } from "../support/identity/dpop-proof.ts";
import { fetchOver } from "../support/identity/fetch-over.ts";
import { clients, type LiveIssuer, startIssuer } from "../support/identity/issuer.ts";
import { startTlsGateway, type TlsGateway } from "../support/identity/tls-gateway.ts";
import { paymentsRoute } from "../support/routes.ts";
import { wholeLines } from "../support/record/whole-lines.ts";

const order = "/payments/v1/orders/o-881";
const rotate = "/payments/v1/keys/rotate";

describe("proof of possession, with tokens of a live issuer", () => {
  let authority: Authority;
  let issuer: LiveIssuer;
  let payments: ToolServer;
  let gateway: TlsGateway;
  let plain: typeof fetch;
  let key: DpopKey;
  let resource: string;

  beforeAll(async () => {
    authority = await rootAuthority("test");
    [issuer, payments, key] = await Promise.all([startIssuer(authority), startPayments(0), dpopKey()]);
    gateway = await startTlsGateway({
      authority,
      issuers: [{ id: "idp", issuer: issuer.url, jwks: { url: `${issuer.url}/jwks` }, algorithms: ["RS256"] }],
      routes: (origin) => [
        paymentsRoute(payments.origin, { issuers: ["idp"] }),
        paymentsRoute(payments.origin, {
          id: "fresh",
          prefix: "/fresh",
          issuers: ["idp"],
          audience: `${origin}/payments`,
          proof: { dpop_nonce: true, required: true },
        }),
      ],
    });
    resource = `${gateway.agents}/payments`;
    plain = fetchOver(authority);
  });
  afterAll(() => Promise.all([gateway?.stop(), payments?.stop(), issuer?.close()]));

  const dpopToken = async () =>
    issuer.token(clients.dpop, resource, { proof: await key.proof("POST", `${issuer.url}/token`) });
  const rotations = async () => (await payments.counts()).executions["rotate_keys"] ?? 0;
  const post = { method: "POST", body: "{}" } as const;
  const json = { "content-type": "application/json" };

  /** A call as DPoP, with a proof for it, or with the one given. */
  async function asDpop(method: string, path: string, token: string, proof?: string): Promise<Response> {
    const made = proof ?? (await key.proof(method, gateway.agents + path, token));
    const body = method === "POST" ? { body: "{}" } : {};
    const headers = { authorization: `DPoP ${token}`, dpop: made, ...(method === "POST" ? json : {}) };
    return plain(gateway.agents + path, { method, ...body, headers });
  }

  async function refused(answer: Promise<Response>): Promise<unknown> {
    const response = await answer;
    const { code } = (await response.json()) as { code: string };
    return [response.status, code];
  }

  it("denies a highly sensitive tool to a bearer, and allows it to DPoP and to a client certificate", async () => {
    const bearer = await issuer.token(clients.bearer, resource);
    const denied = await plain(gateway.agents + rotate, {
      ...post,
      headers: { ...json, authorization: `Bearer ${bearer}` },
    });
    expect(denied.status).toBe(403);
    expect(await denied.json()).toMatchObject({ reasons: [expect.objectContaining({ code: "PROOF_REQUIRED" })] });
    expect(await rotations()).toBe(0);

    expect((await asDpop("POST", rotate, await dpopToken())).status).toBe(200);
    expect(await rotations()).toBe(1);

    const bot = await issue(authority);
    const bound = await issuer.token(clients.mtls, resource, { over: bot });
    const headers = { ...json, authorization: `Bearer ${bound}` };
    expect((await fetchOver(authority, bot)(gateway.agents + rotate, { ...post, headers })).status).toBe(200);
    expect(await rotations()).toBe(2);
  });

  it("records which key each caller has proven", async () => {
    const lines = await recorded();
    const proofs = lines
      .flatMap((line) => /"proof":(\{[^}]*\})/.exec(line)?.[1] ?? [])
      .map((one) => JSON.parse(one) as object);
    expect(proofs).toContainEqual({ method: "dpop", key: key.jkt });
    expect(proofs).toContainEqual({ method: "mtls", key: expect.stringMatching(/^[\w-]{43}$/) });
    expect(proofs).toContainEqual({ method: "none", key: null });
  });

  async function recorded(): Promise<string[]> {
    const dir = join(gateway.dir, "data/log");
    const files = (await readdir(dir)).filter((name) => name.endsWith(".jsonl") || name.endsWith(".ndjson"));
    const texts = await Promise.all(files.map((name) => readFile(join(dir, name), "utf8")));
    return texts.flatMap(wholeLines);
  }

  it("refuses a replayed proof, one for another call, and a stolen token without its key, and runs nothing", async () => {
    const before = await rotations();
    const token = await dpopToken();
    const proof = await key.proof("POST", gateway.agents + rotate, token);
    expect((await asDpop("POST", rotate, token, proof)).status).toBe(200);
    expect(await refused(asDpop("POST", rotate, token, proof))).toEqual([401, "proof_replayed"]);
    const forOrder = await key.proof("GET", gateway.agents + order, token);
    expect(await refused(asDpop("POST", rotate, token, forOrder))).toEqual([401, "proof_invalid"]);
    const upstream = await key.proof("POST", `${payments.origin}/v1/keys/rotate`, token);
    expect(await refused(asDpop("POST", rotate, token, upstream))).toEqual([401, "proof_invalid"]);
    const thief = await dpopKey();
    const theirs = await thief.proof("POST", gateway.agents + rotate, token);
    expect(await refused(asDpop("POST", rotate, token, theirs))).toEqual([401, "proof_key"]);
    const stolen = plain(gateway.agents + rotate, { ...post, headers: { ...json, authorization: `Bearer ${token}` } });
    expect(await refused(stolen)).toEqual([401, "token_proof_missing"]);
    expect(await rotations()).toBe(before + 1);
  });

  it("refuses a certificate-bound token without its certificate, and with another", async () => {
    const before = await rotations();
    const [bot, other] = await Promise.all([issue(authority), issue(authority)]);
    const headers = { ...json, authorization: `Bearer ${await issuer.token(clients.mtls, resource, { over: bot })}` };
    expect(await refused(plain(gateway.agents + rotate, { ...post, headers }))).toEqual([401, "token_proof_missing"]);
    const over = fetchOver(authority, other);
    expect(await refused(over(gateway.agents + rotate, { ...post, headers }))).toEqual([401, "proof_key"]);
    expect(await rotations()).toBe(before);
  });

  it("does not believe a certificate that a header tells of", async () => {
    const bot = await issue(authority);
    const token = await issuer.token(clients.mtls, resource, { over: bot });
    const headers = { authorization: `Bearer ${token}`, "client-cert": `:${bot.der.toString("base64")}:` };
    expect(await refused(plain(gateway.agents + order, { headers }))).toEqual([401, "token_proof_missing"]);
  });

  it("holds a DPoP call until a person approves, and runs it with the proof it came with", async () => {
    const token = await dpopToken();
    const path = "/payments/v1/refunds";
    const body = JSON.stringify({ order_id: "o-881", amount: 131, currency: "EUR", reason: "broken" });
    const dpop = await key.proof("POST", gateway.agents + path, token);
    const headers = { ...json, authorization: `DPoP ${token}`, dpop, prefer: "wait=30" };
    const waiting = plain(gateway.agents + path, { method: "POST", body, headers });
    const approver = await gateway.approver();
    const item = await eventually("the held call is in the inbox", async () => {
      return (await approver.open()).find((one) => one.state === "held" && one.summary.includes("131")) ?? null;
    });
    await approver.approve(item.id);
    expect((await waiting).status).toBe(201);
    expect(await refused(plain(gateway.agents + path, { method: "POST", body, headers }))).toEqual([
      401,
      "proof_replayed",
    ]);
  });

  it("works with the DPoP of a real MCP client library, nonce challenge and retry included", async () => {
    const session = await DpopSession.create();
    const proof = await session.buildProof({ htm: "POST", htu: `${issuer.url}/token` });
    const token = await issuer.token(clients.dpop, resource, { proof });
    const seen: number[] = [];
    const watched = (async (url: string, init: object) => {
      const answer = await plain(url, init);
      seen.push(answer.status);
      return answer;
    }) as typeof fetch;
    const call = withDpop(session, () => token)(watched);
    const answer = await call(`${gateway.agents}/fresh/v1/orders/o-881`);
    expect(answer.status).toBe(200);
    expect((await call(`${gateway.agents}/fresh/v1/orders/o-881`)).status).toBe(200);
    expect(seen).toEqual([401, 200, 200]);
  });

  it("asks for a nonce with the challenge of RFC 9449 §9", async () => {
    const answer = await asDpop("GET", "/fresh/v1/orders/o-881", await dpopToken());
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(
      /^DPoP realm="sallyport", error="use_dpop_nonce", .*algs="ES256 /,
    );
    expect(answer.headers.get("dpop-nonce")).toMatch(/^n_/);
  });

  it("refuses a bearer where the route requires proof, before policy is asked", async () => {
    const headers = { authorization: `Bearer ${await issuer.token(clients.bearer, resource)}` };
    const answer = plain(`${gateway.agents}/fresh/v1/orders/o-881`, { headers });
    expect(await refused(answer)).toEqual([401, "token_proof_required"]);
  });

  it("hands neither the proof nor the token to the tool server", async () => {
    expect((await asDpop("GET", order, await dpopToken())).status).toBe(200);
    expect(await payments.counts()).toMatchObject({ with_agent_token: 0, without_credential: 0 });
  });
});
