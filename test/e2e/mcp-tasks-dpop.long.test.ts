/** A task of a caller whose token is bound to a key: each poll proves the key anew, and that proof executes the call. */
import type { Approver } from "../../demo/agent/approver.ts";
import { type Authority, rootAuthority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { type DpopKey, dpopKey } from "../support/identity/dpop-proof.ts";
import { fetchOver } from "../support/identity/fetch-over.ts";
import { clients, type LiveIssuer, startIssuer } from "../support/identity/issuer.ts";
import { startTlsGateway, type TlsGateway } from "../support/identity/tls-gateway.ts";
import { type Answered, taskIdOf } from "../support/mcp-messages.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";

let authority: Authority;
let issuer: LiveIssuer;
let upstream: RecordingUpstream;
let gateway: TlsGateway;
let approver: Approver;

beforeAll(async () => {
  authority = await rootAuthority("test");
  [issuer, upstream] = await Promise.all([startIssuer(authority), recordingUpstream()]);
  upstream.answerWith((_req, res, { body }) => {
    const { id } = JSON.parse(body.toString()) as { id: unknown };
    res
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } }));
  });
  gateway = await startTlsGateway({
    authority,
    issuers: [{ id: "idp", issuer: issuer.url, jwks: { url: `${issuer.url}/jwks` }, algorithms: ["RS256"] }],
    routes: () => [crmRoute(upstream.origin, { issuers: ["idp"], proof: { dpop_nonce: false, required: true } })],
  });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.stop(), upstream?.close(), issuer?.close()]));

async function agentWith(key: DpopKey) {
  const url = `${gateway.agents}/mcp/crm`;
  const proof = await key.proof("POST", `${issuer.url}/token`);
  const token = await issuer.token(clients.dpop, url, { proof });
  return async function ask(method: string, params: object): Promise<Answered> {
    const response = await fetchOver(authority)(url, {
      method: "POST",
      headers: {
        authorization: `DPoP ${token}`,
        dpop: await key.proof("POST", url, token),
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
}

test("runs once when its own key asks about it, and is unknown to another key of the same agent", async () => {
  const [mine, other] = await Promise.all([agentWith(await dpopKey()), agentWith(await dpopKey())]);
  const params = { name: "delete_customer", arguments: { customer_id: "c-1" }, task: {} };
  const taskId = taskIdOf(await mine("tools/call", params));
  const item = await eventually("the held call", async () => (await approver.open()).at(0) ?? null);
  await approver.approve(item.id);
  expect((await other("tasks/get", { taskId })).error).toMatchObject({ code: -32602 });
  expect(upstream.requests).toHaveLength(0);
  // The poll that executes the call waits for it only a moment.
  const ended = await eventually("the task has ended", async () => {
    const { result } = await mine("tasks/get", { taskId });
    return result?.status === "working" ? null : { result };
  });
  expect(ended.result).toMatchObject({ status: "completed" });
  expect((await mine("tasks/result", { taskId })).result).toMatchObject({ content: [] });
  expect(upstream.requests).toHaveLength(1);
  expect((await approver.show(item.id)).state).toBe("delivered");
});
