import { connect } from "node:net";
import { eventually } from "../../support/eventually.ts";
import type { Failures } from "../check.ts";
import { type Call, Caller } from "../approvals/world/caller.ts";
import type { ProofGateway } from "../approvals/world/gateway.ts";
import type { House } from "../approvals/world/house.ts";
import { read, readAsStream } from "./load.ts";

/**
 * Calls that a gateway has taken when it is asked to stop, and whose tool server answers only when it takes no connection any more: so
 * they end in the time that calls have to end.
 */
export class LateCalls {
  /** How many of them have been answered. */
  answered = 0;
  readonly #house: House;
  readonly #failures: Failures;
  readonly #closed = new Map<string, PromiseWithResolvers<void>>();

  constructor(house: House, failures: Failures) {
    this.#house = house;
    this.#failures = failures;
  }

  /** For the tool server: what holds back the answer about this item. */
  heldBack(item: string): Promise<void> | undefined {
    return this.#closed.get(item)?.promise;
  }

  /** `stopping` begins when the gateway has taken the calls. */
  async during(name: string, gateway: ProofGateway, stopping: () => Promise<void>): Promise<void> {
    const token = await this.#house.issuer.token({ sub: name });
    const items = [`${name}-http`, `${name}-mcp`];
    const [http = "", mcp = ""] = items;
    for (const item of items) this.#closed.set(item, Promise.withResolvers());
    const caller = new Caller(gateway.caller.origin, { isKept: false });
    const calls = [
      this.#answer(caller, http, { path: read, token, json: { item: http } }),
      this.#answer(caller, mcp, readAsStream(mcp, token)),
    ];
    try {
      await eventually("the late calls have reached the tool server", () =>
        items.every((item) => this.#house.upstream.count(item) === 1) ? true : null,
      );
      const stopped = stopping();
      await eventually("the gateway takes no connection", () => isClosed(gateway.caller.origin));
      if (gateway.exitCode() !== null) this.#failures.add(`${name}: the gateway has ended before its calls`);
      for (const item of items) this.#closed.get(item)?.resolve();
      await Promise.all([...calls, stopped]);
    } finally {
      for (const item of items) this.#closed.get(item)?.resolve();
      caller.close();
    }
  }

  async #answer(caller: Caller, item: string, call: Call): Promise<void> {
    try {
      const { status, body } = await caller.call(call);
      if (status !== 200 || !JSON.stringify(body).includes("done"))
        return this.#failures.add(`${item}: ${status} ${JSON.stringify(body)}`);
      this.answered++;
    } catch (thrown) {
      this.#failures.add(`${item}: ${String(thrown)}`);
    }
  }
}

/** Null: it takes connections. */
function isClosed(origin: string): Promise<true | null> {
  const { port, hostname } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const tell = (closed: true | null) => (): void => {
      socket.destroy();
      resolve(closed);
    };
    socket.once("connect", tell(null));
    socket.once("error", tell(true));
  });
}
