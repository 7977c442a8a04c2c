import type { Approval } from "../../../gateway/domain/approval.ts";
import type { Failures } from "../check.ts";
import { eventually } from "../../support/eventually.ts";
import { type Answer, type Call, Caller } from "../approvals/world/caller.ts";
import { approveAll, signIn } from "../approvals/world/person.ts";
import type { House } from "../approvals/world/house.ts";
import { legacy, type LoadDeps } from "./load.ts";

const waiting = { prefer: "wait=1800" };
const toldMost = 50;

/** Callers whose calls wait for people while a gateway goes away; who is told to call again does, with exactly the same call. */
export class HeldCallers {
  /** How often one of them was told so. */
  told = 0;
  readonly #deps: LoadDeps;
  readonly #house: House;
  readonly #caller: Caller;

  constructor(deps: LoadDeps, house: House) {
    this.#deps = deps;
    this.#house = house;
    this.#caller = new Caller(deps.agents, { isKept: false });
  }

  close(): void {
    this.#caller.close();
  }

  /** `meanwhile` begins when all are held; then people approve them, and each must run once. @returns how many */
  async during(name: string, count: number, meanwhile: () => Promise<void>): Promise<number> {
    const { failures, issuer } = this.#deps;
    const token = await issuer.token({ sub: name });
    const items = Array.from({ length: count }, (_, at) => `${name}-${at}`);
    const callers = items.map((item, at) =>
      this.#untilDone(at % 2 === 0 ? http(item, token) : mcp(item, token), failures),
    );
    const held = await eventually("all are held", async () => {
      const all = await this.#house.look((store) => store.list({ states: ["held"], limit: 200 }));
      return all.length >= count ? all : null;
    });
    await meanwhile();
    await this.#approve(held);
    const done = Promise.all(callers).then(() => true as const);
    await eventually("the approved calls are answered", () => Promise.race([done, Promise.resolve(null)]));
    for (const item of items) {
      const times = this.#house.upstream.count(item);
      if (times !== 1) failures.add(`${item} was approved once and executed ${times} times`);
    }
    return count;
  }

  /** Whoever is sent to another gateway meanwhile, as one comes back, signs in there. */
  async #approve(held: readonly Approval[]): Promise<void> {
    const approved = new Set<string>();
    await eventually("people have approved them", async () => {
      const approver = await signIn(this.#deps.console, "voter", this.#deps.password, "person=voter");
      const left = held.filter(({ id }) => !approved.has(id));
      for (const id of await approveAll([approver], left)) approved.add(id);
      return approved.size === held.length ? true : null;
    });
  }

  async #untilDone(call: Call & { readonly item: string }, failures: Failures): Promise<void> {
    try {
      for (let time = 0; time < toldMost; time++) {
        const answer = await this.#caller.call(call);
        if (isDone(answer)) return;
        if (!isAskedBack(answer)) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
        this.told++;
      }
      throw new Error(`told ${toldMost} times to call again`);
    } catch (thrown) {
      failures.add(`the held call ${call.item}: ${String(thrown)}`);
    }
  }
}

function http(item: string, token: string): Call & { readonly item: string } {
  return { item, path: "/payments/v1/transfers", token, json: { item }, headers: waiting };
}

/** With a progress token the caller is kept waiting on an event stream. */
function mcp(item: string, token: string): Call & { readonly item: string } {
  const params = { name: "transfer", arguments: { item }, _meta: { progressToken: item } };
  const json = { jsonrpc: "2.0", id: item, method: "tools/call", params };
  return { item, path: "/rpc", token, json, headers: legacy };
}

function isDone({ status, body }: Answer): boolean {
  return status === 200 && JSON.stringify(body).includes("done");
}

/** 202 in HTTP; in MCP a result that says so. */
function isAskedBack({ status, body }: Answer): boolean {
  return status === 202 || (status === 200 && JSON.stringify(body).includes("with exactly the same arguments"));
}
