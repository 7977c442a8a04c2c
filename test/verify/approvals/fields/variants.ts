import { type DpopKey, dpopKey } from "../../../support/identity/dpop-proof.ts";
import type { ActionBinding } from "../../../../gateway/domain/approval.ts";
import type { Call } from "../world/caller.ts";
import type { House } from "../world/house.ts";
import type { Claims } from "../world/issuer.ts";

/** A call as a table can write it; what is left out is the usual. */
export interface Written {
  readonly method?: "POST" | "PUT";
  readonly path?: string;
  /** Beside `item`, which every call has. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** The whole body, with ITEM where the item stands. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly issuer?: "idp" | "other";
  /** Proven with the key of this number. */
  readonly key?: number;
}

/** The call that people approve, and one that differs from it in this field. */
export interface Variant {
  readonly what: string;
  readonly approved: Written;
  readonly sent: Written;
}

const person = (sub: string): Written => ({ claims: { sub, act: { sub: "refund-bot" } } });
const header = (value: string): Written => ({ headers: { "x-dry-run": value } });
const raw = (text: string): Written => ({ path: "/raw/v1/transfers", text });
const pay: Written = { json: { amount: 10, to: { account: "a", note: null }, tags: ["x", "y"] } };
const rpc = (params: object, method = "tools/call"): Written => ({
  path: "/rpc",
  headers: { "mcp-protocol-version": "2025-06-18", accept: "application/json, text/event-stream" },
  text: JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method,
    params: { name: "transfer", arguments: { item: "ITEM" }, ...params },
  }),
});

/** Delegated by a person, and handed on by another actor (RFC 8693 §4.1). */
const through = (before?: string): Written => {
  const inner = before === undefined ? {} : { act: { sub: before } };
  return { claims: { sub: "pat", act: { sub: "refund-bot", ...inner } } };
};

/** In a session of the tool server, while the token names the session that the gateway goes by. */
const inSession = (id: string): Written => ({
  ...rpc({}),
  claims: { sid: "s1" },
  headers: { ...rpc({}).headers, "mcp-session-id": id },
});

/**
 * What a caller can change on the wire, by field of the binding. Null: it cannot, or it stands on the gateway's side, which
 * is in world-changes.ts; what is stored is in stored.ts. A field without an entry is a type error here and a failure of the check.
 */
export const variants: Readonly<Record<keyof ActionBinding, readonly Variant[] | null>> = {
  contract: null,
  gateway: null,
  subject: [
    { what: "another agent", approved: {}, sent: { claims: { sub: "other-bot" } } },
    { what: "the same name at another issuer", approved: {}, sent: { issuer: "other" } },
    { what: "another key", approved: { key: 0 }, sent: { key: 1 } },
    { what: "a key where there was none", approved: {}, sent: { key: 0 } },
    { what: "no key where there was one", approved: { key: 0 }, sent: {} },
  ],
  acting_for: [
    { what: "another person behind it", approved: person("pat"), sent: person("quinn") },
    { what: "nobody behind it", approved: person("pat"), sent: {} },
    { what: "somebody behind it", approved: {}, sent: person("pat") },
  ],
  actors: [
    { what: "another actor in between", approved: through("planner-bot"), sent: through("other-bot") },
    { what: "an actor in between where there was none", approved: through(), sent: through("planner-bot") },
    { what: "no actor in between where there was one", approved: through("planner-bot"), sent: through() },
  ],
  agent_owner: null,
  session: [
    { what: "another session", approved: { claims: { sid: "s1" } }, sent: { claims: { sid: "s2" } } },
    { what: "a session where there was none", approved: {}, sent: { claims: { sid: "s1" } } },
    { what: "another stated session", approved: stated("s1"), sent: stated("s2") },
  ],
  session_trust: [{ what: "a session named by the agent", approved: { claims: { sid: "s1" } }, sent: stated("s1") }],
  task: null,
  route: [{ what: "another route to the same tool", approved: {}, sent: { path: "/again/v1/transfers" } }],
  protocol: [{ what: "the same tool over MCP", approved: {}, sent: rpc({}) }],
  method: [{ what: "PUT for POST", approved: {}, sent: { method: "PUT" } }],
  origin: null,
  path: [
    { what: "another path parameter", approved: to("a1"), sent: to("a2") },
    { what: "a longer path", approved: {}, sent: to("a1") },
    { what: "another case", approved: to("a1"), sent: to("A1") },
  ],
  query: [
    { what: "a query", approved: {}, sent: { path: "/payments/v1/transfers?dry_run=1" } },
    { what: "no query", approved: { path: "/payments/v1/transfers?dry_run=1" }, sent: {} },
    {
      what: "another order",
      approved: { path: "/payments/v1/transfers?a=1&b=2" },
      sent: { path: "/payments/v1/transfers?b=2&a=1" },
    },
  ],
  content_type: [
    { what: "another media type", approved: {}, sent: { headers: { "content-type": "application/merge-patch+json" } } },
  ],
  headers: [
    { what: "a header that was not there", approved: {}, sent: header("1") },
    { what: "a header less", approved: header("1"), sent: {} },
    { what: "another value", approved: header("1"), sent: header("0") },
    { what: "another form of the answer", approved: accepting("application/json"), sent: accepting("text/csv") },
    { what: "another operation", approved: operation("Tables.Put"), sent: operation("Tables.Delete") },
    { what: "an operation where none was named", approved: {}, sent: operation("Tables.Delete") },
    { what: "no operation where one was named", approved: operation("Tables.Put"), sent: {} },
    {
      what: "another version of the API",
      approved: accepting("application/vnd.x.v1+json"),
      sent: accepting("application/vnd.x.v2+json"),
    },
    { what: "another language where it has a meaning", approved: speaking("en"), sent: speaking("de") },
  ],
  action: [{ what: "prompts/get for tools/call", approved: rpc({}), sent: rpc({}, "prompts/get") }],
  tool: [
    { what: "another operation", approved: {}, sent: { path: "/payments/v1/refunds" } },
    { what: "another MCP tool", approved: rpc({}), sent: rpc({ name: "refund" }) },
  ],
  definition_digest: null,
  arguments: [
    { what: "a larger number", approved: pay, sent: { json: { ...pay.json, amount: 10.01 } } },
    { what: "a text for a number", approved: pay, sent: { json: { ...pay.json, amount: "10" } } },
    { what: "an argument more", approved: pay, sent: { json: { ...pay.json, force: true } } },
    { what: "an argument less", approved: pay, sent: { json: { amount: 10 } } },
    { what: "a nested value", approved: pay, sent: { json: { ...pay.json, to: { account: "b", note: null } } } },
    { what: "null for absent", approved: pay, sent: { json: { ...pay.json, to: { account: "a" } } } },
    { what: "another order of a list", approved: pay, sent: { json: { ...pay.json, tags: ["y", "x"] } } },
    { what: "a key with another case", approved: pay, sent: { json: { ...pay.json, amount: undefined, Amount: 10 } } },
    { what: "a letter that looks alike", approved: { json: { to: "paypal" } }, sent: { json: { to: "p\u0430ypal" } } },
    { what: "an invisible character", approved: { json: { to: "a" } }, sent: { json: { to: "a\u200b" } } },
    { what: "another Unicode form", approved: { json: { to: "\u00e9" } }, sent: { json: { to: "e\u0301" } } },
  ],
  body_digest: [
    {
      what: "another byte of an unread body",
      approved: raw('{"item":"ITEM","n":1}'),
      sent: raw('{"item":"ITEM","n":2}'),
    },
    { what: "white space in an unread body", approved: raw('{"item":"ITEM"}'), sent: raw('{"item": "ITEM"}') },
  ],
  beside: [
    { what: "request state", approved: rpc({ requestState: "a" }), sent: rpc({ requestState: "b" }) },
    { what: "request state where there was none", approved: rpc({}), sent: rpc({ requestState: "b" }) },
    { what: "metadata of a vendor", approved: rpc(dryRun(true)), sent: rpc(dryRun(false)) },
    { what: "metadata less", approved: rpc(dryRun(true)), sent: rpc({}) },
    { what: "an object for the text that it holds", approved: { text: '"ITEM"' }, sent: { text: '{"body":"ITEM"}' } },
  ],
  sensitivity: null,
  reversible: null,
};

/**
 * The call that people approve, and the same one as a client sends it that came another way: it runs. They are tried at once, and a
 * session answers one request of an id at a time, so no two of them share a session.
 */
export const sameCalls: readonly Variant[] = [
  { what: "another session of the tool server", approved: inSession("m1"), sent: inSession("m2") },
  { what: "another session where nothing else names one", approved: reconnected("m3"), sent: reconnected("m4") },
  {
    what: "another client and page",
    approved: { headers: { referer: "https://a.example/", "user-agent": "a" } },
    sent: { headers: { referer: "https://b.example/", "user-agent": "b" } },
  },
];

function accepting(accept: string): Written {
  return { headers: { accept } };
}

function operation(target: string): Written {
  return { headers: { "x-amz-target": target } };
}

function speaking(language: string): Written {
  return { headers: { "accept-language": language } };
}

function reconnected(id: string): Written {
  return { ...rpc({}), headers: { ...rpc({}).headers, "mcp-session-id": id } };
}

function stated(session: string): Written {
  return { headers: { "sallyport-session": session } };
}

function to(account: string): Written {
  return { path: `/payments/v1/transfers/${account}` };
}

function dryRun(value: boolean): object {
  return { _meta: { "example.com/dry-run": value } };
}

let keys: Promise<DpopKey[]> | null = null;

/** The call with its token and proof. A proof is good for one call. */
export async function made({ issuer, otherIssuer, gateways }: House, item: string, written: Written): Promise<Call> {
  const { method = "POST", path = "/payments/v1/transfers", json = {}, text, key } = written;
  const from = written.issuer === "other" ? otherIssuer : issuer;
  const proof = key === undefined ? null : (await (keys ??= Promise.all([dpopKey(), dpopKey()])))[key]!;
  const bound = proof === null ? {} : { cnf: { jkt: proof.jkt } };
  const claims: Claims = { sub: "refund-bot", ...bound, ...written.claims };
  const token = await from.token(claims);
  const dpop = proof === null ? {} : await proofHeaders(proof, method, gateways[0]!.caller.origin + path, token);
  return {
    method,
    path,
    token,
    text: text === undefined ? JSON.stringify({ item, ...json }) : text.replaceAll("ITEM", item),
    headers: { "content-type": "application/json", ...written.headers, ...dpop },
  };
}

async function proofHeaders(key: DpopKey, method: string, url: string, token: string): Promise<Record<string, string>> {
  return { authorization: `DPoP ${token}`, dpop: await key.proof(method, url, token) };
}
