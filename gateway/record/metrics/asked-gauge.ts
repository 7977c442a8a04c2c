import { Gauge, type GaugeConfiguration } from "prom-client";

/**
 * A gauge whose values are asked for at each scrape, as the store has them. What cannot be read now has no series until it can: the rest
 * of the page, such as the findings, is needed just then. `tell` sets the values.
 */
export function askedGauge<Label extends string, Value>(
  described: Omit<GaugeConfiguration<Label>, "collect">,
  read: () => Promise<Value>,
  tell: (gauge: Gauge<Label>, value: Value) => void,
): void {
  new Gauge<Label>({
    ...described,
    async collect() {
      try {
        const value = await read();
        this.reset();
        tell(this, value);
      } catch {
        this.reset();
        // A gauge without labels is reset to 0, which would be an answer.
        if ((described.labelNames ?? []).length === 0) this.remove();
      }
    },
  });
}
