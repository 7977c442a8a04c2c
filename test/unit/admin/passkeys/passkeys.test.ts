import { originsOf } from "../../../../gateway/admin/origins.ts";
import { passkeys, relyingParty } from "../../../../gateway/admin/passkeys/passkeys.ts";
import { Sessions } from "../../../../gateway/admin/sessions.ts";
import type { Account } from "../../../../gateway/domain/account.ts";
import type { Refusal } from "../../../../gateway/domain/errors.ts";
import { accountStore, passkeyStore } from "../../../../gateway/store/accounts.ts";
import { Connection } from "../../../../gateway/store/connection.ts";
import { openDatabase } from "../../../../gateway/store/database.ts";
import { TestClock, testIds } from "../../../support/builders.ts";
import { ownSecrets } from "../../../../gateway/sign-in/one-time-secrets.ts";
import { softwareAuthenticator } from "../../../support/console/software-authenticator.ts";

const url = "https://gate.example";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const about = { approval: "a_1", actionDigest: "sha256:1", vote: "approve", grant: null } as const;

function accountOf(name: string, created_at = 0): Account {
  return { id: name, name, password: "x", roles: ["a"], teams: [], also: [], created_at, provider: null };
}

/** Two people, each with a passkey of their own. */
async function world() {
  const connection = new Connection(openDatabase(":memory:"));
  const [clock, ids] = [new TestClock(), testIds()];
  const accounts = accountStore(connection);
  const store = passkeyStore(connection);
  const sessions = new Sessions({ accounts, clock, ids, providerForMs: 0 });
  const person = async (name: string) => {
    await accounts.put(accountOf(name));
    const device = softwareAuthenticator(url, Buffer.from(name).toString("base64url"));
    await store.add(device.passkey(name), 1);
    return { name, device, session: await sessions.start(name, { method: "password", provider: null }) };
  };
  const deps = { accounts, passkeys: store, sessions, clock, ids, logger: silent, secrets: ownSecrets(clock) };
  const keys = passkeys(deps, relyingParty(url, originsOf(url)));
  return { accounts, store, sessions, keys, alice: await person("alice"), bob: await person("bob") };
}

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "none",
    (thrown: unknown) => (thrown as Refusal).code,
  );

test("keeps a challenge for whom it was given to: another user's try does not use it up", async () => {
  const { keys, alice, bob } = await world();
  const { challenge } = await keys.voteOptions(alice.session, about);
  const byBob = keys.vote(bob.session, about, bob.device.sign(challenge) as never);
  expect(await codeOf(byBob)).toBe("passkey_refused");
  const signed = alice.device.sign(challenge) as never;
  expect(await keys.vote(alice.session, about, signed)).toMatchObject({ by: "webauthn" });
  expect(await codeOf(keys.vote(alice.session, about, signed))).toBe("passkey_refused");
});

test("takes no signature of somebody else's key for a vote, though that key is known and the challenge is theirs", async () => {
  const { keys, alice, bob } = await world();
  const { challenge } = await keys.voteOptions(alice.session, about);
  expect(await codeOf(keys.vote(alice.session, about, bob.device.sign(challenge) as never))).toBe("passkey_refused");
});

test("takes one of two votes with the same counter that come at once, as from a copied key", async () => {
  const { keys, alice } = await world();
  const signed = async () => {
    const { challenge } = await keys.voteOptions(alice.session, about);
    return alice.device.sign(challenge, { counter: 7 }) as never;
  };
  const answers = [await signed(), await signed()];
  const codes = await Promise.all(answers.map((answer) => codeOf(keys.vote(alice.session, about, answer))));
  expect(codes.toSorted()).toEqual(["none", "passkey_refused"]);
});

test("keeps a registration's challenge for whom it was given to", async () => {
  const { keys, alice, bob } = await world();
  const { challenge } = await keys.registrationOptions(alice.session);
  const clientDataJSON = Buffer.from(JSON.stringify({ type: "webauthn.create", challenge, origin: url }));
  const answer = {
    id: "bmV3",
    rawId: "bmV3",
    type: "public-key" as const,
    response: { clientDataJSON: clientDataJSON.toString("base64url"), attestationObject: "AAAA", transports: [] },
  };
  const hintOf = ({ session }: typeof alice) =>
    keys.register(session, "key", answer).catch(({ hint }: Refusal) => hint);
  expect(await hintOf(bob)).toBe("its challenge is not one of these minutes");
  // Hers is found, and what she sent is looked at: a spoilt attestation, which is refused for itself.
  expect(await hintOf(alice)).toBeNull();
  expect(await hintOf(alice)).toBe("its challenge is not one of these minutes");
});

describe("a registration", () => {
  const added = softwareAuthenticator(url, "bmV3");

  test("adds a key to the account that asked", async () => {
    const { store, keys, alice } = await world();
    const { challenge } = await keys.registrationOptions(alice.session);
    await keys.register(alice.session, "new", added.register(challenge));
    expect((await store.of("alice")).map(({ label }) => label)).toEqual(["software", "new"]);
  });

  test("adds no key that does not verify who uses it", async () => {
    const { store, keys, alice } = await world();
    const { challenge } = await keys.registrationOptions(alice.session);
    const attempt = keys.register(alice.session, "new", added.register(challenge, { flags: 0x01 }));
    expect(await codeOf(attempt)).toBe("passkey_refused");
    expect(await store.of("alice")).toHaveLength(1);
  });

  test("adds no key to an account that was removed meanwhile, nor to the same person's next one", async () => {
    const { accounts, store, keys, alice } = await world();
    const { challenge } = await keys.registrationOptions(alice.session);
    const adding = codeOf(keys.register(alice.session, "new", added.register(challenge)));
    await accounts.remove("alice");
    await accounts.put(accountOf("alice", 1));
    expect(await adding).toBe("session_required");
    expect(await store.of("alice")).toEqual([]);
  });

  test("adds no key after its owner signed out", async () => {
    const { sessions, store, keys, alice } = await world();
    const { challenge } = await keys.registrationOptions(alice.session);
    const adding = codeOf(keys.register(alice.session, "new", added.register(challenge)));
    await sessions.end(alice.session.id);
    expect(await adding).toBe("session_required");
    expect(await store.of("alice")).toHaveLength(1);
  });
});
