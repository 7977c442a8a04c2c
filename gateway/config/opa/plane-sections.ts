import type { JsonObject } from "../../lib/json.ts";
import type { Section } from "./section.ts";

const mostBytes = 268_435_456;

/** One of `bundles` as an entry of `policy.sources`. `service`: the name of its service. */
export function bundleValues(name: string, section: Section, service: string): JsonObject {
  const values = { bundle: name, service, ...downloadValues(section) };
  section.end();
  return values;
}

/** How a bundle is asked for and kept. */
export function downloadValues(section: Section): JsonObject {
  const polling = section.section("polling");
  const delays = ["min_delay_seconds", "max_delay_seconds", "long_polling_timeout_seconds"] as const;
  const given = delays.map((one) => [one, polling?.take(one)] as const).filter(([, value]) => value !== undefined);
  const [resource, size] = [section.take("resource"), section.take("size_limit_bytes")];
  if (typeof size === "number" && size > mostBytes)
    section.ignore("size_limit_bytes", `is ${mostBytes} at most, for the whole archive`);
  polling?.end();
  return {
    persist: section.take("persist") ?? false,
    ...(resource !== undefined && { resource }),
    ...(size !== undefined && { size_limit_bytes: typeof size === "number" ? Math.min(size, mostBytes) : size }),
    polling: Object.fromEntries(given) as JsonObject,
  };
}

/** `status` as `policy.status`. */
export function statusValues(section: Section, service: string): JsonObject {
  const partition = section.take("partition_name");
  // Its metrics are always there.
  section.raw("prometheus");
  section.end();
  return { service, ...(partition !== undefined && partition !== "" && { partition_name: partition }) };
}

/** The service of a section. Where none is named it is the first one, as OPA has it; null, and a mistake, where there is no such. */
export function serviceFor(section: Section, services: readonly string[]): string | null {
  const named = section.take("service");
  const found = named === undefined || named === "" ? services[0] : services.find((name) => name === named);
  if (found === undefined) section.fault("service", `is none of services: ${services.join(", ") || "there is none"}`);
  return found ?? null;
}

/**
 * Whether OPA sends nothing of the section to a service: a plugin has it, or there is another `place` for it and no service is named.
 * Then it has no effect.
 */
export function goesElsewhere(root: Section, section: Section, places: readonly string[]): boolean {
  const [plugin, service] = [section.take("plugin"), section.take("service")];
  const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== "";
  const place = isSet(plugin) ? "plugin" : places.find((one) => !isSet(service) && section.take(one) === true);
  if (place !== undefined)
    root.ignore(
      String(section.path.at(-1)),
      `has ${place}${place === "plugin" ? "" : " and no service"}, so that OPA sends it to no service, and has no effect`,
    );
  return place !== undefined;
}
