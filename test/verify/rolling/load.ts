import type { Failures } from "../check.ts";
import { type Answer, type Call, Caller } from "../approvals/world/caller.ts";
import { type Person, signIn } from "../approvals/world/person.ts";
import type { SealSession } from "../../support/sealed-session.ts";
import type { ProofIssuer } from "../approvals/world/issuer.ts";

const events = { accept: "text/event-stream" };
export const legacy = { "mcp-protocol-version": "2025-11-25", accept: "application/json, text/event-stream" };
export const read = "/payments/v1/customers/read";

export interface LoadDeps {
  readonly agents: string;
  readonly console: string;
  readonly issuer: ProofIssuer;
  readonly password: string;
  readonly seal: SealSession;
  readonly failures: Failures;
}

/** A call of MCP whose answer is an event stream. */
export function readAsStream(item: string, token: string): Call {
  const params = { name: "read_customer", arguments: { item, stream: true } };
  const json = { jsonrpc: "2.0", id: item, method: "tools/call", params };
  return { path: "/rpc", token, json, headers: legacy };
}

/** What has been answered, by what it was; each of it counts as tried. */
class Figures {
  calls = 0;
  long = 0;
  streams = 0;
  pages = 0;
  pageStreams = 0;
  signIns = 0;
}

/** Agents and people who go on until they are told to stop, whatever happens to the gateways. Anything but an answer is a failure. */
export class Load {
  readonly figures = new Figures();
  /** What was called and answered: each of them must have been executed once. */
  readonly answered: string[] = [];
  readonly #deps: LoadDeps;
  readonly #caller: Caller;
  readonly #ending = new AbortController();
  readonly #loops: Promise<void>[] = [];

  constructor(deps: LoadDeps) {
    this.#deps = deps;
    this.#caller = new Caller(deps.agents, { isKept: false, seal: deps.seal });
  }

  start(): void {
    for (let at = 0; at < 4; at++) this.#loop(() => this.#shortCalls(at));
    for (let at = 0; at < 3; at++) this.#loop(() => this.#longCalls(at));
    for (let at = 0; at < 3; at++) this.#loop(() => this.#listener(at));
    for (let at = 0; at < 3; at++) this.#loop(() => this.#person(`person=${at}`));
    this.#loop(() => this.#page("person=page"));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#loops);
    this.#caller.close();
  }

  get #isOver(): boolean {
    return this.#ending.signal.aborted;
  }

  #loop(run: () => Promise<void>): void {
    const failed = (thrown: unknown): void => this.#fail("a loop has ended", thrown);
    this.#loops.push(run().catch(failed));
  }

  #fail(what: string, thrown: unknown): void {
    this.#deps.failures.add(
      `${what}: ${thrown instanceof Error ? `${thrown.message} ${String(thrown.cause ?? "")}` : String(thrown)}`,
    );
  }

  async #call(what: string, call: Call): Promise<Answer | null> {
    try {
      const answer = await this.#caller.call(call);
      if (answer.status === 200) return answer;
      this.#fail(what, `${answer.status} ${JSON.stringify(answer.body)}`);
    } catch (thrown) {
      this.#fail(what, thrown);
    }
    return null;
  }

  async #shortCalls(at: number): Promise<void> {
    const token = await this.#deps.issuer.token({ sub: `short-${at}` });
    for (let round = 0; !this.#isOver; round++) {
      const item = `short-${at}-${round}`;
      if ((await this.#call(item, { path: read, token, json: { item } })) === null) continue;
      this.figures.calls++;
      this.answered.push(item);
    }
  }

  /** Answers that take longer than a gateway takes new calls; every other one is an event stream of MCP. */
  async #longCalls(at: number): Promise<void> {
    const token = await this.#deps.issuer.token({ sub: `long-${at}` });
    for (let round = 0; !this.#isOver; round++) {
      const item = `long-${at}-${round}`;
      const call = round % 2 === 0 ? readAsStream(item, token) : { path: read, token, json: { item } };
      const answer = await this.#call(item, call);
      if (answer === null) continue;
      if (!JSON.stringify(answer.body).includes(`done`)) this.#fail(item, JSON.stringify(answer.body));
      this.figures.long++;
      this.answered.push(item);
    }
  }

  /** A stream on which a session only listens: it may end, whole, and is opened again. */
  async #listener(at: number): Promise<void> {
    const token = await this.#deps.issuer.token({ sub: `listener-${at}` });
    const headers = { ...legacy, ...events, "mcp-session-id": `listener-${at}` };
    while (!this.#isOver) {
      try {
        const { signal } = this.#ending;
        const answer = await this.#caller.call({ method: "GET", path: "/rpc", token, headers, signal });
        if (answer.status !== 200 || JSON.stringify(answer.body).includes("error"))
          this.#fail("a stream", `${answer.status} ${JSON.stringify(answer.body)}`);
        this.figures.streams++;
      } catch (thrown) {
        if (!this.#isOver) this.#fail("a stream", thrown);
      }
    }
  }

  /** Signs in once, at whichever gateway, and is asked to nowhere again. */
  async #person(cookie: string): Promise<void> {
    const person = await this.#signIn(cookie);
    while (!this.#isOver) {
      const { status } = await person.get("/api/approvals?state=held");
      if (status === 200) this.figures.pages++;
      else this.#fail("a page", status);
    }
  }

  /** An open page, which follows what happens. */
  async #page(cookie: string): Promise<void> {
    const person = await this.#signIn(cookie);
    while (!this.#isOver) {
      try {
        const { signal } = this.#ending;
        const headers = { ...events, cookie: person.cookie, connection: "close" };
        const answer = await fetch(`${this.#deps.console}/api/events`, { headers, signal });
        if (answer.status !== 200) this.#fail("a page's stream", answer.status);
        await answer.text();
        this.figures.pageStreams++;
      } catch (thrown) {
        if (!this.#isOver) this.#fail("a page's stream", thrown);
      }
    }
  }

  async #signIn(cookie: string): Promise<Person> {
    const person = await signIn(this.#deps.console, "approver", this.#deps.password, cookie);
    this.figures.signIns++;
    return person;
  }
}
