import type { z } from "zod";
import type { ConfigValues } from "./schema.ts";
import { authorizationSchema } from "./schema/authorization.ts";
import { authzenSchema } from "./schema/authzen.ts";
import { serviceSchema } from "./schema/bundle-services.ts";
import { channelsSchema } from "./schema/channels.ts";
import { connectedAccountsSchema } from "./schema/connected-accounts.ts";
import { credentialSchema } from "./schema/credentials.ts";
import { issuerSchema } from "./schema/issuers.ts";
import { limitSchema } from "./schema/limits.ts";
import { consoleSchema, listenersSchema } from "./schema/listeners.ts";
import { policySchema, policySourceSchema } from "./schema/policy.ts";
import { recordSchema } from "./schema/record.ts";
import { registrySchema } from "./schema/registry.ts";
import { routeSchema } from "./schema/routes.ts";
import { sessionsSchema } from "./schema/sessions.ts";
import { tasksSchema } from "./schema/tasks.ts";
import { vaultSchema } from "./schema/vaults.ts";
import { transmitterSchema } from "./schema/signals.ts";
import { storeSchema } from "./schema/store.ts";

export type IssuerValues = ConfigValues["issuers"][number];
export type LimitValues = ConfigValues["limits"][number];
export type RouteValues = ConfigValues["routes"][number];
export type ChannelsValues = ConfigValues["channels"];
export type TransmitterValues = ConfigValues["signals"][number];
export type SigningValues = NonNullable<ConfigValues["policy"]["signing"]>;
export type ServiceValues = ConfigValues["policy"]["services"][string];
export type PolicySourceValues = NonNullable<ConfigValues["policy"]["sources"]>[number];
export type ServedBundleValues = Extract<PolicySourceValues, { readonly bundle: string }>;

/** Whether a source is a bundle of a bundle service, and nothing on this machine. */
export const isServedBundle = (entry: PolicySourceValues): entry is ServedBundleValues =>
  typeof entry === "object" && "bundle" in entry;

export type VaultValues = ConfigValues["vaults"][string];
export type CredentialValues = ConfigValues["credentials"][string];

/**
 * The parts of the file that are well-formed by themselves, each null when it is not. Checks across options work on
 * this, so that one mistake does not hide the next.
 */
export interface Draft {
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
  readonly listeners: ConfigValues["listeners"] | null;
  /** Also when another part of `listeners` is malformed; then only as it is written, since what is not may be what is misspelt. */
  readonly console: ConfigValues["listeners"]["console"] | null;
  readonly issuers: readonly (IssuerValues | null)[];
  readonly routes: readonly (RouteValues | null)[];
  readonly credentials: readonly (readonly [name: string, CredentialValues])[];
  readonly vaults: readonly (readonly [name: string, VaultValues])[];
  readonly connectedAccounts: NonNullable<ConfigValues["connected_accounts"]> | null;
  readonly limits: readonly (LimitValues | null)[];
  readonly policy: ConfigValues["policy"] | null;
  /** Entries of `policy.sources` and, by name, of `policy.services`; also when another part of `policy` is malformed. */
  readonly sources: readonly (PolicySourceValues | null)[];
  readonly services: Readonly<Record<string, ServiceValues | null>>;
  readonly record: ConfigValues["record"] | null;
  readonly store: ConfigValues["store"] | null;
  readonly sessions: ConfigValues["sessions"] | null;
  readonly tasks: ConfigValues["tasks"] | null;
  readonly authorization: NonNullable<ConfigValues["authorization"]> | null;
  /** Also when it is malformed. */
  readonly hasAuthorization: boolean;
  readonly authzen: NonNullable<ConfigValues["authzen"]> | null;
  readonly registry: NonNullable<ConfigValues["registry"]> | null;
  readonly channels: ChannelsValues | null;
  readonly signals: readonly (TransmitterValues | null)[];
  /** Ids as written, also of malformed parts, so that references to them are not reported as unknown. */
  readonly issuerIds: readonly string[];
  readonly credentialNames: readonly string[];
  readonly vaultNames: readonly string[];
}

export function draftOf(values: unknown, folder: string): Draft {
  const file = record(values);
  const listeners = parsed(listenersSchema, file["listeners"]);
  const ownConsole = record(file["listeners"])["console"];
  const policy = record(file["policy"]);
  return {
    folder,
    listeners,
    console: listeners?.console ?? (ownConsole === undefined ? null : parsed(consoleSchema, ownConsole)),
    issuers: list(file["issuers"]).map((item) => parsed(issuerSchema, item)),
    routes: list(file["routes"]).map((item) => parsed(routeSchema, item)),
    credentials: named(credentialSchema, file["credentials"]),
    vaults: named(vaultSchema, file["vaults"]),
    connectedAccounts: parsed(connectedAccountsSchema, file["connected_accounts"]),
    limits: list(file["limits"]).map((item) => parsed(limitSchema, item)),
    policy: parsed(policySchema, file["policy"]),
    sources: list(policy["sources"]).map((item) => parsed(policySourceSchema, item)),
    services: Object.fromEntries(
      Object.entries(record(policy["services"])).map(([name, item]) => [name, parsed(serviceSchema, item)]),
    ),
    record: parsed(recordSchema, file["record"]),
    store: parsed(storeSchema, file["store"]),
    sessions: parsed(sessionsSchema, file["sessions"]),
    tasks: parsed(tasksSchema, file["tasks"]),
    authorization: parsed(authorizationSchema, file["authorization"]),
    hasAuthorization: file["authorization"] !== undefined,
    authzen: parsed(authzenSchema, file["authzen"]),
    registry: parsed(registrySchema, file["registry"]),
    channels: parsed(channelsSchema, file["channels"]),
    signals: list(file["signals"]).map((item) => parsed(transmitterSchema, item)),
    issuerIds: list(file["issuers"]).map((item) => String(record(item)["id"] ?? "")),
    credentialNames: Object.keys(record(file["credentials"])),
    vaultNames: Object.keys(record(file["vaults"])),
  };
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | null {
  const result = schema.safeParse(value);
  return result.success ? result.data : null;
}

/** Those of a mapping that are well-formed by themselves, by name. */
function named<S extends z.ZodType>(schema: S, value: unknown): (readonly [name: string, z.output<S>])[] {
  return Object.entries(record(value)).flatMap(([name, item]) => {
    const one = parsed(schema, item);
    return one === null ? [] : [[name, one] as const];
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Everything well-formed, with its place in its list. */
export function present<T>(items: readonly (T | null)[]): { readonly item: T; readonly index: number }[] {
  return items.flatMap((item, index) => (item === null ? [] : [{ item, index }]));
}
