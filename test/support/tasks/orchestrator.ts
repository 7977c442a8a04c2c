import { join } from "node:path";
import { inProcess } from "../../unit/cli/run.ts";
import type { TestGateway } from "../start-gateway.ts";

/** An answer of the gateway's own endpoints, or of a tool through it. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Tokens of the development issuer, as an operator mints them. @throws Error with what the command line says */
export async function minted(gateway: Pick<TestGateway, "dir">, ...args: string[]): Promise<string> {
  const config = join(gateway.dir, "sallyport.yaml");
  const { code, stdout, stderr } = await inProcess(["token", "mint", "-c", config, ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** The token of an orchestrator whose client is listed. */
export function orchestratorToken(gateway: TestGateway, ...args: string[]): Promise<string> {
  const client = ["--sub", "planner", "--client", "planner-app", "--scope", "tasks"];
  return minted(gateway, ...client, "--audience", `${gateway.agents}/tasks`, ...args);
}

/** The token of an agent for a route. */
export function agentToken(gateway: TestGateway, sub = "refund-bot", ...args: string[]): Promise<string> {
  return minted(gateway, "--sub", sub, "--role", "refunds", "--route", "payments", ...args);
}

export async function ask(
  gateway: Pick<TestGateway, "agents">,
  path: string,
  { token, json, form, method = "POST", headers = {} }: AskOptions = {},
): Promise<Answered> {
  const body = json === undefined ? (form === undefined ? undefined : new URLSearchParams(form)) : JSON.stringify(json);
  const response = await fetch(gateway.agents + path, {
    method,
    headers: {
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: String(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

export interface AskOptions {
  readonly token?: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What `refund-bot` is opened a task for, unless a test says otherwise. */
export const refundTask = {
  purpose: "Refund order 881",
  tools: ["payments/*"],
  agents: ["refund-bot"],
};

/** Opens a task and gives its id. @throws Error with what the gateway answered */
export async function openTask(gateway: TestGateway, changes: object = {}): Promise<string> {
  const token = await orchestratorToken(gateway);
  const { status, body } = await ask(gateway, "/tasks", { token, json: { ...refundTask, ...changes } });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return String(body["id"]);
}

/** The token of a task for an agent. @throws Error with what the gateway answered */
export async function taskToken(gateway: TestGateway, task: string, token: string): Promise<string> {
  const { status, body } = await ask(gateway, `/tasks/${task}/token`, { token });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return String(body["access_token"]);
}
