import { Refusal } from "../domain/errors.ts";
import type {
  Clock,
  CountAsk,
  CountFull,
  CountsTaken,
  LimitCounts,
  LimitCountStore,
  StoredTake,
} from "../domain/ports.ts";
import { BegunCounts } from "./begun-counts.ts";
import { countsAtOnce, CountsInMemory, perMsOf } from "./counts.ts";

/** What is asked of the store at once. */
interface Step {
  readonly back: readonly StoredTake[];
  readonly wishes: readonly Wish[];
}

interface Wish {
  readonly asks: readonly CountAsk[];
  readonly resolve: (answer: StoredTake | CountFull) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Rates and spending are counted in a store that several processes share; calls under way and equal calls in the memory of each. How
 * many counts an asker begins at this process is bounded as in memory.
 */
export class SharedCounts implements LimitCounts {
  readonly #steps: Steps;
  readonly #own: CountsInMemory;
  readonly #begun: BegunCounts<true>;
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(store: LimitCountStore, clock: Pick<Clock, "monotonic">, capacity = countsAtOnce) {
    this.#steps = new Steps(store);
    this.#own = new CountsInMemory(clock, capacity);
    this.#begun = new BegunCounts(clock, capacity);
    this.#clock = clock;
  }

  take(asks: readonly CountAsk[]): ReturnType<LimitCounts["take"]> {
    const shared = asks.filter(isShared);
    if (shared.length === 0) return this.#own.take(asks);
    const now = this.#clock.monotonic();
    for (const ask of shared) {
      const perMs = perMsOf(ask.measure);
      if (this.#begun.of(ask, perMs, now, () => true) === "none")
        return { full: asks.indexOf(ask), retryAfterMs: perMs };
    }
    const local = asks.filter((ask) => !isShared(ask));
    const own = local.length === 0 ? nothingTaken : this.#own.take(local);
    if ("full" in own) return { ...own, full: asks.indexOf(local[own.full] as CountAsk) };
    return this.#takeShared(asks, shared, own);
  }

  async #takeShared(
    asks: readonly CountAsk[],
    shared: readonly CountAsk[],
    own: CountsTaken,
  ): Promise<CountsTaken | CountFull> {
    try {
      const answer = await this.#steps.take(shared);
      if (!("full" in answer)) return this.#taken(answer, own);
      own.giveBack();
      return { ...answer, full: asks.indexOf(shared[answer.full] as CountAsk) };
    } catch (failure) {
      own.giveBack();
      throw failure;
    }
  }

  #taken(take: StoredTake, own: CountsTaken): CountsTaken {
    let ended = false;
    return {
      end() {
        ended = true;
        own.end();
      },
      giveBack: () => {
        if (!ended) this.#steps.giveBack(take);
        ended = true;
        own.giveBack();
      },
    };
  }
}

const nothingTaken: CountsTaken = { end: () => undefined, giveBack: () => undefined };

function isShared({ measure: { kind } }: CountAsk): boolean {
  return kind === "rate" || kind === "spend";
}

/**
 * One step at a time, of all calls that have come meanwhile: the steps of one process lock the same rows, and would only wait for each
 * other, each with a connection.
 */
class Steps {
  readonly #store: LimitCountStore;
  #wishes: Wish[] = [];
  #back: StoredTake[] = [];
  #isUnderWay = false;

  constructor(store: LimitCountStore) {
    this.#store = store;
  }

  take(asks: readonly CountAsk[]): Promise<StoredTake | CountFull> {
    return new Promise((resolve, reject) => {
      this.#wishes.push({ asks, resolve, reject });
      this.#begin();
    });
  }

  giveBack(take: StoredTake): void {
    this.#back.push(take);
    this.#begin();
  }

  #begin(): void {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#wishes.length + this.#back.length > 0) await this.#step();
    this.#isUnderWay = false;
  }

  /** It never rejects. What could not be given back stays counted: whether it was is not known, and twice would be too much. */
  async #step(): Promise<void> {
    let steps: readonly Step[] = [{ back: this.#back, wishes: this.#wishes }];
    this.#wishes = [];
    this.#back = [];
    for (let step = steps[0]; step !== undefined; step = steps[0]) {
      const failure = await this.#count(step);
      if (isUnavailable(failure)) return steps.forEach(({ wishes }) => refuse(wishes, failure));
      const parts = failure === null ? [] : halves(step);
      if (parts.length === 0) refuse(step.wishes, failure);
      steps = [...parts, ...steps.slice(1)];
    }
  }

  /** Answers the wishes; else it says why it could not. */
  async #count({ back, wishes }: Step): Promise<unknown> {
    try {
      const asked = wishes.map(({ asks }) => asks);
      const answers = await this.#store.count(back, asked);
      wishes.forEach(({ resolve }, at) => resolve(answers[at] as StoredTake | CountFull));
      return null;
    } catch (failure) {
      return failure;
    }
  }
}

/** After this failure the step may have been counted. After any other one nothing was, so parts of the step can be asked for again. */
function isUnavailable(failure: unknown): boolean {
  return failure instanceof Refusal && failure.code === "store_unavailable";
}

function refuse(wishes: readonly Wish[], failure: unknown): void {
  for (const { reject } of wishes) reject(failure);
}

/** In the same order, what is given back first; none of what cannot be divided. */
function halves({ back, wishes }: Step): readonly Step[] {
  if (back.length + wishes.length < 2) return [];
  if (wishes.length === 0) return halved(back).map((half) => ({ back: half, wishes }));
  if (back.length === 0) return halved(wishes).map((half) => ({ back, wishes: half }));
  return [
    { back, wishes: [] },
    { back: [], wishes },
  ];
}

function halved<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
