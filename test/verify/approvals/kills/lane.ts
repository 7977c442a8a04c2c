import { usedStates } from "../../../../gateway/domain/approval.ts";
import { Failures, type Random } from "../../check.ts";
import { pause } from "../../../support/eventually.ts";
import type { ProofGateway } from "../world/gateway.ts";
import { heldId } from "../world/caller.ts";
import type { House } from "../world/house.ts";
import type { Person } from "../world/person.ts";
import { audit } from "./audit.ts";
import { drive, type Edge } from "./drive.ts";
import { Edges } from "./edges.ts";
import { type Known, Ledger } from "./ledger.ts";

const callers = 12;

/** Two gateways on one store that are killed again and again while calls pass through them. */
export class Lane {
  readonly failures = new Failures();
  readonly figures = { calls: 0, caught_held: 0, caught_approved: 0, unknown: 0, starts_ms: [] as number[] };
  kills = 0;
  readonly #house: House;
  readonly #random: Random;
  readonly #edges: Edges;
  readonly #mint: () => Promise<string>;
  #token = "";
  readonly #ledger: Ledger;
  readonly #people = new Map<ProofGateway, Person>();
  readonly #unknown: string[] = [];
  readonly #reports = new Set<string>();

  constructor(house: House, mint: () => Promise<string>, name: string, random: Random) {
    this.#house = house;
    this.#mint = mint;
    this.#random = random;
    this.#edges = new Edges(random);
    this.#ledger = new Ledger(name);
    // The answer takes a while, so that some calls are cut between the two.
    house.upstream.onExecution = async () => {
      this.#edges.passed("executed");
      await pause(this.#random.below(25));
    };
  }

  /** One life: traffic, a kill at some point of it, a start, and the books compared. */
  async live(): Promise<void> {
    await this.#signIn();
    const victims = this.#victims();
    const touched = await this.#trafficUntilKilled(victims);
    await Promise.all(victims.map((victim) => this.#startAgain(victim)));
    await this.#compare(touched);
    await this.#askAgainForUnknown();
  }

  /** Without kills: what is open now comes to its end, and everything that was told stands. */
  async finish(): Promise<void> {
    await this.#signIn();
    const open = [...this.#ledger.open];
    for (let at = 0; at < open.length; at += callers)
      await Promise.all(open.slice(at, at + callers).map(() => this.#one(this.#ledger.next())));
    const touched = open.filter(({ id }) => id !== null);
    await this.#compare(touched);
    for (const { item, answered, lost } of touched)
      if (!answered && !lost) this.failures.add(`${item} never came to its end`);
    for (const item of [...this.#ledger.finished, ...this.#unknown]) {
      const times = this.#house.upstream.count(item);
      if (times > 1) this.failures.add(`${item} was executed ${times} times in the end`);
    }
    this.figures.calls = this.#ledger.made;
  }

  /** Now and then it is killed again before it is ready, while it settles what its earlier life left. */
  async #startAgain(victim: ProofGateway): Promise<void> {
    if (this.#random.chance(0.15)) {
      const starting = victim.startAgain().catch(() => null);
      await pause(300 + this.#random.below(1_200));
      await victim.kill("SIGKILL");
      this.kills++;
      await starting;
      this.#hear(victim);
    }
    this.figures.starts_ms.push(Math.round(await victim.startAgain()));
  }

  #hear(gateway: ProofGateway): void {
    for (const [, id = ""] of gateway.output().matchAll(reportLine)) this.#reports.add(id);
  }

  get executions(): number {
    return this.#house.upstream.executed.length;
  }

  #victims(): readonly ProofGateway[] {
    const { gateways } = this.#house;
    return this.#random.chance(0.25) ? gateways : [this.#random.pick(gateways)];
  }

  async #signIn(): Promise<void> {
    this.#token = await this.#mint();
    for (const gateway of this.#house.gateways)
      if (!this.#people.has(gateway)) this.#people.set(gateway, await gateway.person());
  }

  /** @returns the calls that were under way in this life */
  async #trafficUntilKilled(victims: readonly ProofGateway[]): Promise<Known[]> {
    const touched = new Set<Known>();
    let over = false;
    const driving = Array.from({ length: callers }, async () => {
      while (!over) {
        const known = this.#ledger.next();
        touched.add(known);
        await this.#one(known);
      }
    });
    await this.#edges.somePoint();
    over = true;
    this.kills += victims.length;
    await Promise.all(victims.map((victim) => victim.kill("SIGKILL")));
    for (const victim of victims) this.#people.delete(victim);
    await Promise.all(victims.map((victim) => victim.caller.reconnect()));
    await Promise.all(driving);
    return [...touched];
  }

  async #one(known: Known): Promise<void> {
    const alive = this.#house.gateways.filter((gateway) => this.#people.has(gateway));
    const gateway = this.#random.pick(alive);
    const person = this.#people.get(this.#random.pick(alive));
    try {
      if (gateway === undefined || person === undefined) throw new Error("nobody is there");
      const way = {
        gateway,
        person,
        token: this.#token,
        waits: this.#random.chance(0.4),
        passed: (edge: Edge) => this.#edges.passed(edge),
        used: (id: string) => this.#house.look(async (store) => usedStates.has((await store.get(id))?.state ?? "held")),
      };
      const problem = await drive(known, way);
      if (problem !== null) this.failures.add(problem);
      if (problem !== null || known.answered || known.lost) this.#ledger.finish(known);
      else this.#ledger.keep(known);
    } catch {
      // The gateway died over it. What was told before still counts.
      this.#ledger.keep(known);
    }
  }

  async #compare(touched: readonly Known[]): Promise<void> {
    this.#house.gateways.forEach((gateway) => this.#hear(gateway));
    const found = await audit(this.#house, touched, (id) => this.#reports.has(id));
    for (const problem of found.problems) this.failures.add(problem);
    this.figures.caught_held += found.caught.held;
    this.figures.caught_approved += found.caught.approved;
    this.figures.unknown += found.unknown.length;
    await this.#shownAsUnknown(found.unknown);
    this.#ledger.drop(found.unknown);
    this.#unknown.push(...found.unknown.map(({ item }) => item));
  }

  /** The approver sees it in the console, and the caller at the item's address. */
  async #shownAsUnknown(unknown: readonly Known[]): Promise<void> {
    await this.#signIn();
    const [gateway] = this.#house.gateways;
    for (const { id, item } of unknown) {
      const card = await this.#people.get(gateway!)!.get(`/api/approvals/${id}`);
      if (card.body["state"] !== "unknown")
        this.failures.add(`the console shows ${item} as ${String(card.body["state"])}`);
      const told = await gateway!.caller.call({ method: "GET", path: `/approvals/${id}`, token: this.#token });
      if (told.body["status"] !== "unknown" || told.body["executed"] !== null)
        this.failures.add(`the caller is told of ${item}: ${JSON.stringify(told.body)}`);
    }
  }

  /** It is a new question to people, never done a second time by itself. */
  async #askAgainForUnknown(): Promise<void> {
    const item = this.#unknown.at(-1);
    if (item === undefined) return;
    const { caller } = this.#random.pick(this.#house.gateways);
    const answer = await caller.call({ path: "/payments/v1/transfers", token: this.#token, json: { item } });
    if (heldId(answer) === null) this.failures.add(`${item}, of unknown outcome, was answered ${answer.status}`);
  }
}

const reportLine = /"approval_id":"([^"]+)"[^\n]*a released call has no outcome/g;
