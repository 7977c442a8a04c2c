import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { Path } from "../../lib/yaml-places.ts";
import { bundleValues, downloadValues, goesElsewhere, serviceFor, statusValues } from "./plane-sections.ts";
import { type OpaNotes, Section } from "./section.ts";
import { type OpaService, servicesOf } from "./services.ts";

/** The file of options of ours with those of an OPA configuration put in. */
export interface MergedConfig extends OpaNotes {
  readonly values: JsonObject;
  /** Where in the OPA configuration an option of `values` comes from; null: it does not. */
  origin(path: Path): Path | null;
}

/** Begin of a path in the values, and of what it stands for in the OPA configuration. */
type Origin = readonly [Path, Path];

const logs = "opa-decision-logs";

/** `own`, `opa`: as their files have them. */
export function mergedWithOpa(own: JsonObject, opa: JsonObject): MergedConfig {
  const notes: OpaNotes = { faults: [], ignored: [] };
  const root = new Section(opa, [], notes);
  const merging = new Merging(own, root, notes);
  merging.labels();
  merging.services();
  merging.bundles();
  merging.discovery();
  merging.status();
  merging.decisionLogs();
  root.end();
  return { ...notes, values: merging.values(), origin: (path) => merging.origin(path) };
}

class Merging {
  readonly #own: JsonObject;
  readonly #policy: JsonObject;
  readonly #record: JsonObject;
  readonly #root: Section;
  readonly #services: readonly OpaService[];
  readonly #origins: Origin[] = [];
  readonly #changes: { policy: Record<string, JsonValue>; record: Record<string, JsonValue>; labels?: JsonObject } = {
    policy: {},
    record: {},
  };

  constructor(own: JsonObject, root: Section, notes: OpaNotes) {
    this.#own = own;
    this.#policy = objectOf(own["policy"]);
    this.#record = objectOf(own["record"]);
    this.#root = root;
    this.#services = servicesOf(root.raw("services"), root, notes);
  }

  values(): JsonObject {
    const { policy, record, labels } = this.#changes;
    return {
      ...this.#own,
      ...(labels !== undefined && { labels }),
      ...(Object.keys(policy).length > 0 && { policy: { ...this.#policy, ...policy } }),
      ...(Object.keys(record).length > 0 && { record: { ...this.#record, ...record } }),
    };
  }

  origin(path: Path): Path | null {
    const begins = ([begin]: Origin): boolean => begin.every((step, index) => path[index] === step);
    const found = this.#origins.findLast(begins);
    return found === undefined ? null : [...found[1], ...path.slice(found[0].length)];
  }

  labels(): void {
    const labels = this.#root.section("labels");
    if (labels === null) return;
    const own = objectOf(this.#own["labels"]);
    for (const name of labels.names) {
      if (Object.hasOwn(own, name)) labels.fault(name, "is a label of the gateway's own configuration too");
      this.#origins.push([
        ["labels", name],
        [...labels.path, name],
      ]);
    }
    const given = labels.names.map((name) => [name, labels.take(name) ?? ""] as const);
    this.#changes.labels = { ...own, ...Object.fromEntries(given) };
  }

  services(): void {
    if (this.#services.length === 0) return;
    const own = objectOf(this.#policy["services"]);
    for (const { name, section } of this.#services) {
      if (Object.hasOwn(own, name))
        this.#root.fault("services", `${name} is one of policy.services of the gateway's own configuration too`);
      this.#origins.push([["policy", "services", name], section.path]);
    }
    const given = this.#services.map(({ name, values }) => [name, values] as const);
    this.#changes.policy["services"] = { ...own, ...Object.fromEntries(given) };
  }

  bundles(): void {
    const bundles = this.#root.section("bundles");
    if (bundles === null) return;
    const { source, sources = ["library"] } = this.#policy;
    if (source !== undefined)
      this.#root.fault("bundles", "stands beside policy.source; write that as an entry of policy.sources");
    const before = Array.isArray(sources) ? (sources as readonly JsonValue[]) : [];
    const entries = bundles.names.flatMap((name) => {
      const section = bundles.section(name);
      return section === null ? [] : [{ section, values: this.#bundle(name, section) }];
    });
    entries.forEach(({ section }, index) =>
      this.#origins.push([["policy", "sources", before.length + index], section.path]),
    );
    this.#changes.policy["sources"] = [...before, ...entries.map(({ values }) => values)];
  }

  /** A file or folder of this machine, which is looked at again and again. */
  #file(resource: string, section: Section): JsonValue {
    for (const name of ["service", "persist", "polling", "size_limit_bytes"]) section.raw(name);
    section.end();
    const path = fileAt(resource);
    if (path === null) section.fault("resource", "is no address of a file such as file:///etc/policy/bundle.tar.gz");
    return path !== null && isFolder(path) ? path : { archive: path ?? "" };
  }

  #bundle(name: string, section: Section): JsonValue {
    const resource = section.take("resource");
    if (section.raw("signing") !== undefined)
      section.fault("signing", "is not read from here; write the bundle in policy.sources, with its signing and keys");
    if (typeof resource === "string" && resource.startsWith("file:")) return this.#file(resource, section);
    return bundleValues(name, section, this.#serviceFor(section)?.name ?? "");
  }

  status(): void {
    const status = this.#root.section("status");
    if (status === null || goesElsewhere(this.#root, status, ["console", "prometheus"])) return;
    if (this.#policy["status"] !== undefined)
      this.#root.fault("status", "stands in the gateway's own configuration too, as policy.status");
    this.#origins.push([["policy", "status"], status.path]);
    this.#changes.policy["status"] = statusValues(status, this.#serviceFor(status)?.name ?? "");
  }

  /** `name` and `prefix` stand for the resource in older configurations. */
  discovery(): void {
    const discovery = this.#root.section("discovery");
    if (discovery === null) return;
    const { source, sources = ["library"], discovery: own } = this.#policy;
    for (const [value, where] of [
      [own, "policy.discovery"],
      [source, "policy.source"],
    ] as const)
      if (value !== undefined)
        this.#root.fault("discovery", `stands beside ${where} of the gateway's own configuration`);
    if (discovery.raw("signing") !== undefined)
      discovery.fault("signing", "is not read from here; write policy.discovery, with its signing and keys");
    const [name, prefix] = [discovery.take("name"), discovery.take("prefix")];
    const decision = discovery.take("decision") ?? name;
    const service = this.#serviceFor(discovery)?.name ?? "";
    const resource = name === undefined ? {} : { resource: `${String(prefix ?? "bundles")}/${String(name)}` };
    const values = { service, ...resource, ...downloadValues(discovery) };
    discovery.end();
    this.#origins.push([["policy", "discovery"], discovery.path]);
    this.#changes.policy["discovery"] = { ...values, ...(decision !== undefined && { decision }) };
    if (this.#changes.policy["sources"] === undefined) this.#changes.policy["sources"] = sources;
  }

  decisionLogs(): void {
    const section = this.#root.section("decision_logs");
    if (section === null || goesElsewhere(this.#root, section, ["console"])) return;
    const reporting = section.section("reporting");
    const chunk = reporting?.take("upload_size_limit_bytes");
    const [partition, resource] = [section.take("partition_name"), section.take("resource")];
    const service = this.#serviceFor(section);
    for (const one of [reporting, section]) one?.end();
    if (service === null) return;
    const path = String(resource ?? (partition === undefined || partition === "" ? "/logs" : `/logs/${partition}`));
    const { url, credentials, tls, headers, allow_addresses } = service.values;
    const { bearer, client_tls: client, ...others } = objectOf(credentials);
    if (Object.keys(others).length > 0)
      section.fault("service", `has credentials.${Object.keys(others).join()}, which decision logs are not sent with`);
    const { token, scheme } = objectOf(bearer);
    const { cert, private_key: key } = objectOf(client);
    if (Object.keys(objectOf(headers)).length > 0)
      section.ignore(
        "service",
        `has headers (${Object.keys(objectOf(headers)).join(", ")}) that are not sent with decision logs`,
      );
    const before = Array.isArray(this.#record["ship"]) ? (this.#record["ship"] as readonly JsonValue[]) : [];
    this.#origins.push([["record", "ship", before.length], section.path]);
    const ship = {
      name: logs,
      to: "opa",
      url: `${String(url).replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`,
      allow_addresses,
      ...(token !== undefined && { token }),
      ...(scheme !== undefined && { scheme }),
      ...(isJsonObject(tls) && { ca: tls["ca_cert"] }),
      ...(client !== undefined && { client: { cert, key } }),
      ...(chunk !== undefined && { chunk: `${String(chunk)}B` }),
    };
    this.#changes.record["ship"] = [...before, ship as JsonObject];
  }

  #serviceFor(section: Section): OpaService | null {
    const found = serviceFor(
      section,
      this.#services.map(({ name }) => name),
    );
    return this.#services.find(({ name }) => name === found) ?? null;
  }
}

/** Null for one on another machine, or with an encoding that cannot be read. */
function fileAt(address: string): string | null {
  try {
    return fileURLToPath(address);
  } catch {
    return null;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}
