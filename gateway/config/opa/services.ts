import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type OpaNotes, Section } from "./section.ts";
import { credentialsOf, fileOf } from "./service-credentials.ts";

/** A service of an OPA configuration, as one of `policy.services`. */
export interface OpaService {
  readonly name: string;
  readonly section: Section;
  readonly values: JsonObject;
}

/** OPA checks no addresses; whoever wrote the file named the host. Those of cloud metadata stay closed. */
const addresses = ["private", "loopback"];

/** A list with names, or a mapping. */
export function servicesOf(value: JsonValue | undefined, root: Section, notes: OpaNotes): OpaService[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item, index) => {
      if (!isJsonObject(item)) return faulty(root);
      const section = new Section(item, ["services", index], notes);
      const name = section.take("name");
      if (typeof name === "string") return [serviceOf(name, section, root)];
      section.fault("name", "is required: the name of the service");
      return [];
    });
  }
  if (!isJsonObject(value)) return faulty(root);
  return Object.entries(value).flatMap(([name, item]) => {
    if (!isJsonObject(item)) return faulty(root);
    const section = new Section(item, ["services", name], notes);
    section.raw("name");
    return [serviceOf(name, section, root)];
  });
}

function faulty(root: Section): [] {
  root.fault("services", "expected a mapping of names to services, or a list of services with names");
  return [];
}

function serviceOf(name: string, section: Section, root: Section): OpaService {
  const tls = section.section("tls");
  const credentials = section.section("credentials");
  const timeout = section.take("response_header_timeout_seconds");
  const ca = tls?.take("ca_cert");
  const type = section.take("type");
  const values = {
    url: section.take("url") ?? null,
    headers: headersOf(section),
    ...(type !== undefined && type !== "" && { type: String(type).toLowerCase() }),
    ...(timeout !== undefined && { response_header_timeout_seconds: timeout }),
    ...(credentials !== null && { credentials: credentialsOf(credentials, () => root.section("keys")) }),
    ...(ca !== undefined && { tls: { ca_cert: fileOf(ca) } }),
    allow_addresses: addresses,
  };
  for (const one of [tls, credentials, section]) one?.end();
  return { name, section, values };
}

function headersOf(service: Section): JsonObject {
  const headers = service.section("headers");
  return Object.fromEntries((headers?.names ?? []).map((name) => [name, headers?.secret(name) ?? ""]));
}
