/** Alice and Bob of the console, and processes of a gateway at which they connect accounts of a real authorization server. */
import type { PersonAccountsDeps } from "../../../gateway/credentials/person/person-accounts.ts";
import type { AccessNote } from "../../../gateway/domain/access-record.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import type { PersonCredential } from "../../../gateway/domain/person-credential.ts";
import type { CredentialWish, MadeCredential } from "../../../gateway/domain/ports.ts";
import type { Revocation } from "../../../gateway/domain/revocation.ts";
import { accountStore } from "../../../gateway/store/accounts.ts";
import { connectedAccountStore } from "../../../gateway/store/connected-accounts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { keepingLogger, realClock, wish } from "../credentials.ts";
import { localAccount } from "../store-contracts/accounts.ts";
import { type ConsentServer, type ConsentServerOptions, startConsentServer } from "./consent-server.ts";
import { agentIssuer, callbackOf, type PeopleAt, peopleAt, personCredential } from "./people-at.ts";

export const consoleUrl = "http://console.test";
export const [alice, bob] = [localAccount("alice", { also: [] }), localAccount("bob", { also: [] })];

export function consentServer(options: Partial<ConsentServerOptions> = {}): Promise<ConsentServer> {
  return startConsentServer({ redirectUris: [callbackOf(consoleUrl)], ...options });
}

/** Processes that share a store. */
export async function personRoom(at: ConsentServer, changes: Partial<PersonCredential> = {}) {
  const connection = new Connection(openDatabase(":memory:"));
  const accounts = accountStore(connection);
  for (const account of [alice, bob]) await accounts.put(account);
  const logger = keepingLogger();
  const time = { skipped: 0 };
  const clock = {
    now: () => realClock.now() + time.skipped,
    monotonic: () => realClock.monotonic() + time.skipped,
  };
  const revoked: { found: Revocation | null } = { found: null };
  const revocations: PersonAccountsDeps["revocations"] = {
    against: ({ subject }) => (subject === revoked.found?.target ? revoked.found : null),
  };
  const given = { connection, accounts, credentials: [personCredential(at, changes)], consoleUrl };
  /** What was cut, and why. */
  const cut: [string | null, string][] = [];
  const sharedEndings: PersonAccountsDeps["sharedEndings"] = {
    async end({ target }, { reason }) {
      cut.push([target, reason]);
      return { ...nothingEnded, calls: 1, unanswered: 0 };
    },
  };
  const noted: AccessNote[] = [];
  const journal = { note: (note: AccessNote) => void noted.push(note) };
  const process = (sealing: Pick<PeopleAt, "sealWith" | "keys"> = {}) =>
    peopleAt({ ...given, ...sealing }, { clock, logger, revocations, sharedEndings, journal });
  const people = process();
  const connect = async (account: string, who: string): Promise<void> => {
    const { location } = await people.begin(account, "acme");
    await people.finish(account, "acme", await at.consent(location, who));
  };
  const store = connectedAccountStore(connection);
  return { people, process, connect, time, accounts, store, revoked, connection, cut, noted, logged: logger.lines };
}

/** A call of one agent for this person. */
export const call = (person: string | null, changes: Partial<CredentialWish> = {}) =>
  wish({
    who: { issuer: agentIssuer, id: "bot", actingFor: person === null ? null : { id: person, claims: {} } },
    ...changes,
  });
export const tokenOf = ({ inject }: MadeCredential) => inject[0]?.value.replace("Bearer ", "") ?? "";
