import { Agent, type ClientRequest, request } from "node:http";
import { routePrefix } from "../world/call.ts";

/** Connections opened at once; more would only wait in the listener's queue. */
const wave = 100;

/** Agents that each ask to delete another customer and wait on an open connection until people decide. */
export class HeldCallers {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  readonly #waiting: ClientRequest[] = [];
  #answered = 0;
  #leaving = false;

  constructor(origin: string, token: string) {
    this.#url = `${origin}${routePrefix}/v1/customers/delete`;
    this.#headers = { authorization: `Bearer ${token}`, "content-type": "application/json", prefer: "wait=1800" };
  }

  /** Calls that were answered although nobody decided: each makes the figures wrong. */
  get answered(): number {
    return this.#answered;
  }

  /** Opens calls until `count` have been sent. @throws Error when a connection fails */
  async upTo(count: number): Promise<void> {
    while (this.#waiting.length < count) {
      const size = Math.min(wave, count - this.#waiting.length);
      await Promise.all(Array.from({ length: size }, () => this.#call()));
    }
  }

  leave(): void {
    this.#leaving = true;
    for (const call of this.#waiting) call.destroy();
    this.#agent.destroy();
  }

  #call(): Promise<void> {
    const body = JSON.stringify({
      customer_id: `c-${this.#waiting.length}`,
      reason: "asked for it in writing. ".repeat(38),
    });
    return new Promise((sent, failed) => {
      const call = request(this.#url, { method: "POST", agent: this.#agent, headers: this.#headers });
      this.#waiting.push(call);
      call.on("error", (error) => (this.#leaving ? undefined : failed(error)));
      call.on("response", (answer) => {
        answer.resume();
        if (!this.#leaving) this.#answered += 1;
      });
      call.on("finish", sent);
      call.end(body);
    });
  }
}
