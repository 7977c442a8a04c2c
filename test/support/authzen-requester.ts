import type { Approver } from "../../demo/agent/approver.ts";
import type { Answer, AuthzenGateway } from "./authzen-gateway.ts";

/** Another amount is another question. */
export function refund(amount: number, changes: Record<string, unknown> = {}) {
  return {
    subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"] } },
    action: { name: "tools/call" },
    resource: { type: "tool", id: "payments/create_refund" },
    context: { arguments: { order_id: "o-881", amount, currency: "EUR", reason: "broken" } },
    ...changes,
  };
}

export const withApproval = (question: ReturnType<typeof refund>, approval: unknown) => ({
  ...question,
  context: { ...question.context, approval },
});

export const problem = (name: string): string => `urn:openid:authzen:access-request:error:${name}`;

export interface Denial {
  readonly binding_token: string;
  readonly expires_at: string;
  readonly evaluation_id: string;
}

/** What an enforcement point does between a denial and its permission. */
export function requester(gateway: AuthzenGateway, approver: Approver) {
  /** What the profile wants back of a denial. */
  async function denialOf(question: object): Promise<Denial> {
    const { body } = await gateway.evaluate(question);
    const { access_request: access, evaluation_id } = body.context;
    return { evaluation_id, expires_at: access.expires_at, binding_token: access.binding_token };
  }

  function request(json: object, headers: Record<string, string> = {}, token?: string): Promise<Answer> {
    return gateway.ask("/access/v1/requests", { json, headers, ...(token === undefined ? {} : { token }) });
  }

  async function requested(question: object): Promise<Answer> {
    return request({ ...question, denial: await denialOf(question) });
  }

  /** The approval of a question, as a person gave it. */
  async function approved(question: object): Promise<{ id: string; state: string; approved_until: string }> {
    const { task } = (await requested(question)).body;
    await approver.approve(task.id);
    return (await gateway.ask(task.status_endpoint)).body.result.approval;
  }

  return { denialOf, request, requested, approved };
}

/** Says something else under the same signature. */
export function tampered(jws: string): string {
  const [header, payload = "", signature] = jws.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, exp: 4_000_000_000 })).toString("base64url");
  return [header, changed, signature].join(".");
}

export function unsigned(jws: string): string {
  const [header = "", payload] = jws.split(".");
  const said = JSON.parse(Buffer.from(header, "base64url").toString()) as object;
  return [Buffer.from(JSON.stringify({ ...said, alg: "none" })).toString("base64url"), payload, ""].join(".");
}
