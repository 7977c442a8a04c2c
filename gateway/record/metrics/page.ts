import { setTimeout as pause } from "node:timers/promises";
import { Registry } from "prom-client";
import type { MetricsFormat, MetricsText } from "../../domain/ports.ts";

const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** Takes exemplars, as prom-client lets only registries of OpenMetrics do. */
export function exemplarRegistry(): Registry {
  const registry = new Registry();
  registry.setContentType(contentTypes.openmetrics as never);
  return registry;
}

/** One page after the other: prom-client has one format at a time, and takes `_total` from the names of counters while it writes OpenMetrics. */
export class MetricsPage {
  readonly #registry: Registry;
  readonly #mostMs: number;
  #before: Promise<unknown> = Promise.resolve();

  /** @param mostMs milliseconds for a page: values come from the store too, and the next page waits */
  constructor(registry: Registry, mostMs = 10_000) {
    this.#registry = registry;
    this.#mostMs = mostMs;
  }

  render(format: MetricsFormat): Promise<MetricsText> {
    const page = this.#before.then(() => this.#write(contentTypes[format]));
    this.#before = page.catch(() => undefined);
    return page;
  }

  async #write(type: string): Promise<MetricsText> {
    const named = this.#registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
    this.#registry.setContentType(type as never);
    try {
      return { type, text: await Promise.race([this.#registry.metrics(), tooLate(this.#mostMs)]) };
    } finally {
      for (const { metric, name } of named) metric.name = name;
    }
  }
}

async function tooLate(ms: number): Promise<never> {
  await pause(ms, undefined, { ref: false });
  throw new Error(`a value could not be read within ${ms} ms`);
}
