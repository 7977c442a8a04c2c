/** The accounts of people at a consent server, as tests of the console and of providers have them. */
import { PersonAccounts, type PersonAccountsDeps } from "../../../gateway/credentials/person/person-accounts.ts";
import { systemIds } from "../../../gateway/compose/clock-and-ids.ts";
import type { PersonCredential } from "../../../gateway/domain/person-credential.ts";
import { connectedAccountStore } from "../../../gateway/store/connected-accounts.ts";
import type { Connection } from "../../../gateway/store/connection.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import type { SharedEndings } from "../../../gateway/domain/ports.ts";
import { keepingLogger, realClock } from "../credentials.ts";
import { noJournal } from "../endings.ts";
import { type ConsentServer, gatewayClient, gatewaySecret } from "./consent-server.ts";

export const agentIssuer = "https://idp.example";
export const sealingKeys = { k1: Buffer.alloc(32, 1).toString("base64"), k2: Buffer.alloc(32, 2).toString("base64") };

export function callbackOf(consoleUrl: string, name = "acme"): string {
  return `${consoleUrl}/connected-accounts/callback/${name}`;
}

export function personCredential(at: ConsentServer, changes: Partial<PersonCredential> = {}): PersonCredential {
  return {
    provider: "person",
    name: "acme",
    place: { in: "header", name: "authorization", prefix: "Bearer " },
    label: "Acme Cloud",
    scopes: ["openid", "read", "write"],
    resource: null,
    parameters: new Map(),
    client: {
      issuer: at.issuer,
      endpoints: null,
      clientId: gatewayClient,
      secretReference: "secret",
      clientAuth: null,
      addresses: new Set(["loopback" as const]),
      caFile: null,
      timeoutMs: 20_000,
    },
    trustedIssuers: new Set([agentIssuer]),
    ...changes,
  };
}

export interface PeopleAt extends Pick<PersonAccountsDeps, "accounts"> {
  readonly connection: Connection;
  readonly credentials: readonly PersonCredential[];
  readonly consoleUrl: string;
  readonly sealWith?: keyof typeof sealingKeys;
  /** Those that this process has. */
  readonly keys?: Readonly<Record<string, string>>;
}

const nothingUnderWay: Pick<SharedEndings, "end"> = {
  end: () => Promise.resolve({ ...nothingEnded, unanswered: 0 }),
};

/** One gateway process. */
export function peopleAt(
  { connection, credentials, consoleUrl, sealWith = "k1", keys = sealingKeys, ...given }: PeopleAt,
  changes: Partial<PersonAccountsDeps> = {},
): PersonAccounts {
  const secrets: Record<string, string> = { ...sealingKeys, secret: gatewaySecret };
  return new PersonAccounts(credentials, {
    settings: { keys: new Map(Object.keys(keys).map((id) => [id, id])), sealWith, signInWithinMs: 86_400_000 },
    store: connectedAccountStore(connection),
    clock: realClock,
    ids: systemIds(),
    logger: keepingLogger(),
    revocations: { against: () => null },
    sharedEndings: nothingUnderWay,
    journal: noJournal,
    secret: (reference) => secrets[reference] ?? "",
    keys: { sign: () => "" },
    issuer: () => null,
    consoleUrl: () => consoleUrl,
    ...given,
    ...changes,
  });
}
