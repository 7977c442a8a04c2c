import type { Answer, Call } from "../../approvals/world/caller.ts";
import type { House } from "../../approvals/world/house.ts";
import type { Person } from "../../approvals/world/person.ts";

/** Of each call, in a house whose catalog says so. */
export const price = "0.1";

/** What a call in a task was answered, in whichever protocol: "done", or the code that it was refused with. */
export type Said = string;

/** Opens tasks for one agent, and calls in them at all processes in turn, half over HTTP and half over MCP. */
export class TaskCalls {
  readonly #house: House;
  readonly #person: Person;
  readonly #own: string;

  private constructor(house: House, person: Person, own: string) {
    this.#house = house;
    this.#person = person;
    this.#own = own;
  }

  static async in(house: House): Promise<TaskCalls> {
    const own = await house.issuer.token({ sub: "refund-bot" });
    return new TaskCalls(house, await house.gateways[0]!.person(), own);
  }

  /** Its id. @throws Error when it is not opened */
  async open(limits: object, parent?: string): Promise<string> {
    const agents = [{ subject: "refund-bot", issuer: "https://idp.verify.example" }];
    const whole = { tools: ["payments/*"], agents };
    const wish = { purpose: "Read customers", limits, ...(parent === undefined ? whole : { parent }) };
    const { status, body } = await this.#person.post("/api/tasks", wish);
    if (status !== 201) throw new Error(`no task was opened: ${status} ${JSON.stringify(body)}`);
    return String(body["id"]);
  }

  /** The agent's token exchanged at the first process; every process takes it. */
  async token(task: string): Promise<string> {
    const answer = await this.#house.gateways[0]!.caller.call({ path: `/tasks/${task}/token`, token: this.#own });
    if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${JSON.stringify(answer.body)}`);
    return String(answer.body["access_token"]);
  }

  /** How many calls are counted in it. */
  async used(task: string): Promise<number> {
    const { body } = await this.#person.get(`/api/tasks/${task}`);
    return (body["used"] as { readonly calls: number }).calls;
  }

  /**
   * The `at`-th of many calls, about `item`; each process gets both protocols. @throws Error when the connection breaks
   */
  async make(at: number, token: string, item: string): Promise<Said> {
    const { gateways } = this.#house;
    const { caller } = gateways[at % gateways.length]!;
    const isMcp = Math.floor(at / gateways.length) % 2 === 1;
    return said(await caller.call(isMcp ? overMcp(at, token, item) : overHttp(token, item)));
  }
}

function overHttp(token: string, item: string): Call {
  return { path: "/payments/v1/customers/read", token, json: { item } };
}

function overMcp(id: number, token: string, item: string): Call {
  const params = { name: "read_customer", arguments: { item } };
  const headers = { "mcp-protocol-version": "2025-11-25", accept: "application/json, text/event-stream" };
  return { path: "/rpc", token, json: { jsonrpc: "2.0", id, method: "tools/call", params }, headers };
}

/** Whatever is not expected is told in full. */
function said({ status, body }: Answer): Said {
  if (typeof body["code"] === "string") return body["code"];
  const result = body["result"] as McpResult | undefined;
  const failure = body["error"] as { readonly data?: { readonly code?: string } } | undefined;
  const code = result?._meta?.["dev.sallyport/decision"]?.code ?? failure?.data?.code;
  if (code !== undefined) return code;
  const isDone = status === 200 && (typeof body["done"] === "string" || (result !== undefined && !result.isError));
  return isDone ? "done" : `${status} ${JSON.stringify(body)}`;
}

interface McpResult {
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, { readonly code?: string }>>;
}
