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
  #before: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry) {
    this.#registry = registry;
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
      return { type, text: await this.#registry.metrics() };
    } finally {
      for (const { metric, name } of named) metric.name = name;
    }
  }
}
