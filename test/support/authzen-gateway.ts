import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { PolicyCopy } from "./policy-copy.ts";
import { startGateway, type TestGateway } from "./start-gateway.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // A test says what it expects to find in it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface Sending {
  readonly method?: string;
  readonly json?: unknown;
  /** In the place of `json`: the bytes as they are. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: none. Default: the enforcement point `envoy`. */
  readonly token?: string | null;
}

export interface AuthzenGateway extends TestGateway {
  /** An enforcement point's token. */
  pep(sub: string): string;
  ask(path: string, sending?: Sending): Promise<Answer>;
  evaluate(question: unknown, sending?: Omit<Sending, "json">): Promise<Answer>;
}

export interface AuthzenOptions {
  readonly policy?: (copy: PolicyCopy) => Promise<void>;
  /** Options of the section `authzen` beside its issuers. */
  readonly authzen?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A gateway as a process that answers other enforcement points and has no routes of its own. */
export async function startAuthzenGateway({ policy, authzen, config }: AuthzenOptions): Promise<AuthzenGateway> {
  const gateway = await startGateway({
    routes: [],
    ...(policy === undefined ? {} : { policy }),
    config: { authzen: { issuers: ["dev"], ...authzen }, ...config },
  });
  const pep = (sub: string) => gateway.token({ sub, role: "pep" }, "/access/v1");
  async function ask(path: string, sending: Sending = {}): Promise<Answer> {
    const { json, raw, headers = {}, token = pep("envoy") } = sending;
    const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
    const response = await fetch(new URL(path, gateway.agents), {
      method: sending.method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
  }
  return Object.assign(gateway, {
    pep,
    ask,
    evaluate: (json: unknown, sending: Omit<Sending, "json"> = {}) =>
      ask("/access/v1/evaluation", { ...sending, json }),
  });
}

/** Puts a rule into the copy of the library. */
export async function addRule(copy: PolicyCopy, rule: string, text: string): Promise<void> {
  const path = `sallyport/rules/${rule}/${rule.split("/").at(-1)}.rego`;
  await mkdir(dirname(copy.file(path)), { recursive: true });
  await copy.write(path, text);
}

/** What the catalog says of every record of the certification scenario. */
export const recordsCatalog = {
  record: { "*": { sensitivity: "low", reversible: true, sink: "internal", owner: "records-team", labels: [] } },
};
