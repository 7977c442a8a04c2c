import { originsOf } from "../../../../gateway/admin/origins.ts";
import { passkeys, relyingParty } from "../../../../gateway/admin/passkeys/passkeys.ts";
import { consoleSessions } from "../../../../gateway/admin/sessions.ts";
import type { Refusal } from "../../../../gateway/domain/errors.ts";
import { consoleAccounts, passkeyStore } from "../../../../gateway/store/people.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { TestClock, testIds } from "../../../support/builders.ts";
import { softwareAuthenticator } from "../../../support/console/software-authenticator.ts";

const url = "https://gate.example";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const about = { approval: "a_1", actionDigest: "sha256:1", vote: "approve", grant: null } as const;

/** Two people, each with a passkey of their own. */
function world() {
  const database = openDatabase(":memory:");
  const [clock, ids] = [new TestClock(), testIds()];
  const accounts = consoleAccounts(database);
  const store = passkeyStore(database);
  const sessions = consoleSessions({ accounts, clock, ids, providerForMs: 0 });
  const person = (name: string) => {
    accounts.put({ id: name, name, password: "x", roles: ["a"], teams: [], also: [], created_at: 0, provider: null });
    const device = softwareAuthenticator(url, Buffer.from(name).toString("base64url"));
    store.add(device.passkey(name));
    return { name, device, session: sessions.start(name, { method: "password", idToken: null }) };
  };
  const deps = { passkeys: store, clock, ids, logger: silent };
  return { keys: passkeys(deps, relyingParty(url, originsOf(url))), alice: person("alice"), bob: person("bob") };
}

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "none",
    (thrown: unknown) => (thrown as Refusal).code,
  );

test("keeps a challenge for whom it was given to: another user's try does not use it up", async () => {
  const { keys, alice, bob } = world();
  const { challenge } = await keys.voteOptions(alice.session, about);
  const byBob = keys.vote(bob.session, about, bob.device.sign(challenge) as never);
  expect(await codeOf(byBob)).toBe("passkey_refused");
  const signed = alice.device.sign(challenge) as never;
  expect(await keys.vote(alice.session, about, signed)).toMatchObject({ by: "webauthn" });
  expect(await codeOf(keys.vote(alice.session, about, signed))).toBe("passkey_refused");
});

test("keeps a registration's challenge for whom it was given to", async () => {
  const { keys, alice, bob } = world();
  const { challenge } = await keys.registrationOptions(alice.session);
  const clientDataJSON = Buffer.from(JSON.stringify({ type: "webauthn.create", challenge, origin: url }));
  const answer = {
    ...{ id: "bmV3", rawId: "bmV3", type: "public-key" as const },
    response: { clientDataJSON: clientDataJSON.toString("base64url"), attestationObject: "AAAA", transports: [] },
  };
  const hintOf = ({ session }: typeof alice) =>
    keys.register(session, "key", answer).catch(({ hint }: Refusal) => hint);
  expect(await hintOf(bob)).toBe("its challenge is not one of these minutes");
  // Hers is found, and what she sent is looked at: a spoilt attestation, which is refused for itself.
  expect(await hintOf(alice)).toBeNull();
  expect(await hintOf(alice)).toBe("its challenge is not one of these minutes");
});
