import type { AccessHouse } from "./house.ts";

/** A call that was begun around the moment when access ended. */
interface Late {
  readonly item: string;
  readonly sentAt: number;
  /** Null for a connection that broke. */
  readonly status: number | null;
}

const everyMs = 5;
const forMs = 600;

/**
 * Callers that know nothing of the end and go on calling, one after the other on every gateway; those who were let through hang
 * and are given up. `stop` lets them go on for a while, and resolves when all have an answer or have left.
 */
export class LateCallers {
  readonly #house: AccessHouse;
  readonly #token: string;
  readonly #name: string;
  readonly #late: Late[] = [];
  readonly #calls: Promise<void>[] = [];
  readonly #leaving = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #count = 0;

  constructor(house: AccessHouse, name: string, token: string) {
    this.#house = house;
    this.#name = name;
    this.#token = token;
    this.#timer = setInterval(() => this.#calls.push(this.#call()), everyMs);
  }

  async stop(): Promise<readonly Late[]> {
    await new Promise((resolve) => setTimeout(resolve, forMs));
    clearInterval(this.#timer);
    const patience = setTimeout(() => this.#leaving.abort(), 10_000);
    await Promise.all(this.#calls);
    clearTimeout(patience);
    return this.#late;
  }

  async #call(): Promise<void> {
    const { gateways } = this.#house;
    const item = `${this.#name}-late-${(this.#count += 1)}`;
    const sentAt = performance.now();
    const call = { path: "/payments/v1/customers/read", token: this.#token, json: { item } };
    const { signal } = this.#leaving;
    const answer = await gateways[this.#count % gateways.length]!.caller.call({ ...call, signal }).catch(() => null);
    this.#late.push({ item, sentAt, status: answer?.status ?? null });
  }
}
