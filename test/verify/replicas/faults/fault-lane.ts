import { usedStates } from "../../../../gateway/domain/approval.ts";
import { eventually, pause } from "../../../support/eventually.ts";
import { audit } from "../../approvals/kills/audit.ts";
import { drive, type Edge, Refused } from "../../approvals/kills/drive.ts";
import { Edges } from "../../approvals/kills/edges.ts";
import { type Known, Ledger } from "../../approvals/kills/ledger.ts";
import { heldId } from "../../approvals/world/caller.ts";
import type { ProofGateway } from "../../approvals/world/gateway.ts";
import type { House } from "../../approvals/world/house.ts";
import type { Person } from "../../approvals/world/person.ts";
import { Failures, type Random } from "../../check.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { FaultyStore } from "./faulty-store.ts";

const callers = 8;
/** A caller is told to come back, and does after so long, in milliseconds. */
const [soonest, latest] = [5, 60];
/** How long a fault lasts, in milliseconds. */
const [shortest, longest] = [50, 1_500];
/** In the end, for each call that is open. */
const triesEach = 50;
const killChance = 0.08;
const path = "/payments/v1/transfers";
const recoverWithinMs = 60_000;

export interface FaultLaneDeps {
  readonly house: House;
  readonly store: FaultyStore;
  readonly random: Random;
  /** From the end of the cause until every gateway holds calls again and is ready. */
  readonly mostMs: number;
}

/** Of one gateway, after one fault. */
export interface Recovery {
  readonly kind: string;
  readonly tookMs: number;
}

/** Gateways whose database fails again and again while calls pass through them. */
export class FaultLane {
  readonly failures = new Failures();
  readonly refusals = new Map<string, number>();
  readonly recoveries: Recovery[] = [];
  readonly figures = { calls: 0, kills: 0, unknown: 0, lost: 0 };
  readonly #deps: FaultLaneDeps;
  readonly #edges: Edges;
  readonly #ledger = new Ledger("fault");
  readonly #people = new Map<ProofGateway, Person>();
  readonly #reports = new Set<string>();
  /** Why a call was broken off last, by its item. */
  readonly #lastSaid = new Map<string, string>();
  #token = "";
  #probes = 0;

  constructor(deps: FaultLaneDeps) {
    this.#deps = deps;
    this.#edges = new Edges(deps.random);
    deps.house.upstream.onExecution = async () => {
      this.#edges.passed("executed");
      await pause(deps.random.below(25));
    };
  }

  /** One fault in the middle of traffic; then the books are compared. */
  async live(kind: FaultKind): Promise<void> {
    this.#token = await this.#deps.house.issuer.token({ sub: "refund-bot" });
    await this.#signIn();
    const touched = await this.#traffic(async () => {
      await this.#edges.somePoint();
      await this.#suffer(kind);
    });
    await this.#compare(kind, touched);
  }

  /** What is open comes to its end, and everything that was told stands. */
  async finish(): Promise<void> {
    await this.#signIn();
    const open = [...this.#ledger.open];
    for (let tries = 0; this.#ledger.open.length > 0 && tries < open.length * triesEach; tries++) {
      await this.#one(this.#ledger.next());
      await pause(soonest);
    }
    await this.#compare({ name: "the end" }, open);
    for (const { item, answered, lost } of open)
      if (!answered && !lost) this.failures.add(`${item} never came to its end: ${this.#lastSaid.get(item)}`);
    for (const item of this.#ledger.finished) {
      const times = this.#deps.house.upstream.count(item);
      if (times > 1) this.failures.add(`${item} was executed ${times} times in the end`);
    }
    this.figures.calls = this.#ledger.made;
  }

  async #traffic(during: () => Promise<void>): Promise<Known[]> {
    const { random } = this.#deps;
    const touched = new Set<Known>();
    let isOver = false;
    const driving = Array.from({ length: callers }, async () => {
      while (!isOver) {
        const known = this.#ledger.next();
        touched.add(known);
        await this.#one(known);
        await pause(soonest + random.below(latest - soonest));
      }
    });
    await during().finally(() => (isOver = true));
    await Promise.all(driving);
    return [...touched];
  }

  async #suffer(kind: FaultKind): Promise<void> {
    const { store, random } = this.#deps;
    const end = await kind.begin(store, random);
    const victim = random.chance(killChance) ? random.pick(this.#deps.house.gateways) : null;
    await pause(shortest + random.below(longest - shortest));
    if (victim !== null) await this.#kill(victim);
    await end();
    const ended = performance.now();
    const others = this.#deps.house.gateways.filter((gateway) => gateway !== victim);
    await Promise.all([
      ...others.map((gateway) => this.#recovered(kind, gateway, ended)),
      // As often as it takes: at its start it waits for the database no longer than a statement may take.
      ...(victim === null
        ? []
        : [eventually("it has started again", () => victim.startAgain().catch(() => null), recoverWithinMs)]),
    ]);
    await this.#signIn();
  }

  async #kill(victim: ProofGateway): Promise<void> {
    this.figures.kills++;
    this.#people.delete(victim);
    await victim.kill("SIGKILL");
    this.#hear(victim);
    await victim.caller.reconnect();
  }

  async #recovered(kind: FaultKind, gateway: ProofGateway, ended: number): Promise<void> {
    const token = await this.#deps.house.issuer.token({ sub: "prober" });
    const holds = async (): Promise<true | null> => {
      const json = { item: `probe-${(this.#probes += 1)}` };
      const answer = await gateway.caller.call({ path, token, json });
      this.#mayRefuse(answer);
      return heldId(answer) === null ? null : true;
    };
    let last = "it holds nothing";
    await eventually(`${kind.name}: a gateway goes on`, holds, recoverWithinMs);
    const works = performance.now() - ended;
    await eventually(
      `${kind.name}: a gateway is ready again`,
      async () => {
        const answer = await fetch(`${gateway.console}/readyz`);
        const text = await answer.text();
        if (!answer.ok) last = text.slice(0, 300);
        return answer.ok ? true : null;
      },
      recoverWithinMs,
    ).catch((late: Error) => {
      throw new Error(`${late.message}: ${last}`);
    });
    const took = Math.round(performance.now() - ended);
    this.recoveries.push({ kind: kind.name, tookMs: took });
    if (took > this.#deps.mostMs)
      this.failures.add(`${kind.name}: it holds calls after ${Math.round(works)} ms, is ready after ${took}: ${last}`);
  }

  async #signIn(): Promise<void> {
    for (const gateway of this.#deps.house.gateways)
      if (!this.#people.has(gateway)) this.#people.set(gateway, await gateway.person());
  }

  /** Every refusal has a code, and says that it may be tried again. */
  #mayRefuse({ status, body }: { readonly status: number; readonly body: Readonly<Record<string, unknown>> }): boolean {
    if (status === 200 || status === 202) return false;
    const said = `${status} ${String(body["code"])}`;
    this.refusals.set(said, (this.refusals.get(said) ?? 0) + 1);
    if (typeof body["code"] !== "string")
      this.failures.add(`an answer without a code: ${status} ${JSON.stringify(body)}`);
    return refusals.has(said);
  }

  async #one(known: Known): Promise<void> {
    const { house, random } = this.#deps;
    const alive = house.gateways.filter((gateway) => this.#people.has(gateway));
    const gateway = random.pick(alive);
    const voteAt = random.pick(alive);
    const person = this.#people.get(voteAt);
    if (gateway === undefined || person === undefined) return this.#ledger.keep(known);
    try {
      const problem = await drive(known, {
        gateway,
        person,
        token: this.#token,
        waits: random.chance(0.4),
        passed: (edge: Edge) => this.#edges.passed(edge),
        used: (id) => house.look(async (store) => usedStates.has((await store.get(id))?.state ?? "held")),
        mayRefuse: (answer) => this.#mayRefuse(answer),
      });
      if (problem !== null) this.failures.add(problem);
      if (known.lost) this.figures.lost++;
      if (problem !== null || known.answered || known.lost) this.#ledger.finish(known);
      else this.#ledger.keep(known);
    } catch (thrown) {
      this.#lastSaid.set(known.item, String(thrown));
      // A connection may break because its gateway was killed, and for nothing else.
      if (
        !(thrown instanceof Refused) &&
        this.#people.has(gateway) &&
        this.#people.has(voteAt) &&
        (thrown as Error).name !== "AbortError"
      )
        this.failures.add(`${known.item}: ${String(thrown)}`);
      this.#ledger.keep(known);
    }
  }

  #hear(gateway: ProofGateway): void {
    for (const [, id = ""] of gateway.output().matchAll(reportLine)) this.#reports.add(id);
  }

  async #compare({ name }: Pick<FaultKind, "name">, touched: readonly Known[]): Promise<void> {
    this.#deps.house.gateways.forEach((gateway) => this.#hear(gateway));
    const found = await audit(this.#deps.house, touched, (id) => this.#reports.has(id));
    for (const problem of found.problems) this.failures.add(`${name}: ${problem}`);
    this.figures.unknown += found.unknown.length;
    this.#ledger.drop(found.unknown);
  }
}

/** The last two: what its caller, or the person, had begun before it was broken off has been done since. */
const refusals = new Set([
  "503 store_unavailable",
  "503 holds_unavailable",
  "409 approval_consumed",
  "409 approval_closed",
]);
const reportLine = /"approval_id":"([^"]+)"[^\n]*a released call has no outcome/g;
