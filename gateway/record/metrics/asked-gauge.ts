import { Gauge, type GaugeConfiguration, type Registry } from "prom-client";
import { limitedRead } from "../../lib/limited-read.ts";

/**
 * A gauge whose values are asked for at each scrape, as the store has them. What cannot be read now, or not in time, has no series until it
 * can: the rest of the page, such as the findings, is needed just then. `tell` sets the values.
 */
export function askedGauge<Label extends string, Value>(
  described: Omit<GaugeConfiguration<Label>, "collect">,
  read: () => Promise<Value>,
  tell: (gauge: Gauge<Label>, value: Value) => void,
): void {
  new AskedGauge(described, read, tell);
}

class AskedGauge<Label extends string, Value> extends Gauge<Label> {
  readonly #read: () => Promise<Value>;

  constructor(
    described: Omit<GaugeConfiguration<Label>, "collect">,
    read: () => Promise<Value>,
    tell: (gauge: Gauge<Label>, value: Value) => void,
  ) {
    const readInTime = limitedRead(read);
    super({
      ...described,
      async collect() {
        try {
          const value = await readInTime();
          this.reset();
          tell(this, value);
        } catch {
          this.reset();
          // A gauge without labels is reset to 0, which would be an answer.
          if ((described.labelNames ?? []).length === 0) this.remove();
        }
      },
    });
    this.#read = readInTime;
  }

  /** Waits for the same read as the page does. */
  async isMissing(): Promise<boolean> {
    return this.#read().then(
      () => false,
      () => true,
    );
  }
}

/** Which values are not on the page. prom-client begins to collect all metrics of a page at once, so that it and they wait together. */
export function missingGauge(registry: Registry): void {
  new Gauge({
    name: "sallyport_metrics_missing",
    help: "1 for each metric that is not on this page because its values could not be read, or not in time.",
    labelNames: ["metric"],
    registers: [registry],
    async collect() {
      const asked = registry.getMetricsAsArray().filter((metric) => metric instanceof AskedGauge);
      const missing = await Promise.all(asked.map((gauge) => gauge.isMissing()));
      this.reset();
      for (const [at, { name }] of asked.entries()) this.set({ metric: name }, Number(missing[at]));
    },
  });
}
