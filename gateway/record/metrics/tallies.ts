import { Counter, Histogram, type Registry } from "prom-client";

/** What every metric has. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
}

/** Labels are few: routes, effects, kinds and codes. */
interface Count {
  readonly labels: readonly [string, string, string];
  since: number;
}

/** A counter that is raised on every call: plain numbers, which the registry is told when it is read. */
export function openTally(
  described: Described,
  names: readonly [string, string, string],
): (first: string, second: string, third: string) => void {
  const counts: Count[] = [];
  const byLabels = new Map<string, Map<string, Map<string, Count>>>();
  new Counter({
    ...described,
    labelNames: [...names],
    collect() {
      for (const count of counts) {
        this.labels(...count.labels).inc(count.since);
        count.since = 0;
      }
    },
  });
  function newCount(first: string, second: string, third: string): Count {
    const count = { labels: [first, second, third] as const, since: 0 };
    counts.push(count);
    const bySecond = byLabels.get(first) ?? new Map<string, Map<string, Count>>();
    byLabels.set(first, bySecond.set(second, (bySecond.get(second) ?? new Map<string, Count>()).set(third, count)));
    return count;
  }
  return function count(first, second, third) {
    (byLabels.get(first)?.get(second)?.get(third) ?? newCount(first, second, third)).since += 1;
  };
}

/** So many observations wait before the histogram is told: to find a value's bucket is cheap when it is done often in a row. */
const LOT = 1_024;

/** Keeps observations until there are enough of them or the histogram is read. */
class Lot {
  readonly #values = new Float64Array(LOT);
  readonly #tell: (value: number) => void;
  #length = 0;

  constructor(tell: (value: number) => void) {
    this.#tell = tell;
  }

  observe(value: number): void {
    this.#values[this.#length++] = value;
    if (this.#length === LOT) this.tell();
  }

  tell(): void {
    for (let index = 0; index < this.#length; index += 1) this.#tell(this.#values[index] as number);
    this.#length = 0;
  }
}

/** A call of which there is a trace. Prometheus shows both beside a value, and leads from there to the trace. */
export interface Exemplar {
  readonly trace_id: string;
  readonly decision_id: string;
}

/** Told of one value: `label` where there is one, `exemplar` where the value has a trace. */
type Observe = (value: number, label?: string, exemplar?: Exemplar | null) => void;

/** A histogram that is observed on every call, by one label or none. */
export function openObservations(
  described: Described & { readonly buckets: number[] },
  labelName: string | null = null,
): Observe {
  const lots = new Map<string, Lot>();
  const histogram = new Histogram<string>({
    ...described,
    enableExemplars: true,
    labelNames: labelName === null ? [] : [labelName],
    collect() {
      for (const lot of lots.values()) lot.tell();
    },
  });
  return function observe(value, label = "", exemplar = null) {
    if (exemplar !== null) {
      const labels = labelName === null ? {} : { [labelName]: label };
      return histogram.observe({ labels, value, exemplarLabels: { ...exemplar } });
    }
    let lot = lots.get(label);
    if (lot === undefined) {
      const child = histogram.labels(...(labelName === null ? [] : [label]));
      lots.set(label, (lot = new Lot((one) => child.observe(one))));
    }
    lot.observe(value);
  };
}
