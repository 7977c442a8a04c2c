import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { votesThatCount } from "../../../gateway/approvals/vote-checks.ts";
import { accountId } from "../../../gateway/domain/account.ts";
import { approvalStore } from "../../../gateway/store/approvals.ts";
import { attentionStore } from "../../../gateway/store/attention.ts";
import { accountStore, passkeyStore } from "../../../gateway/store/accounts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { accountPeople } from "../../../gateway/compose/open-identity.ts";
import { sampleApproval } from "../../support/console/sample-approvals.ts";
import { TestClock } from "../../support/builders.ts";

const dir = mkdtempSync(join(tmpdir(), "sallyport-store-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** What version 1 had, as its own code made it. */
const tables = `
  CREATE TABLE console_accounts (name TEXT PRIMARY KEY, password TEXT NOT NULL, roles TEXT NOT NULL,
    teams TEXT NOT NULL DEFAULT '[]', also TEXT NOT NULL DEFAULT '[]', created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE console_identities (name TEXT PRIMARY KEY REFERENCES console_accounts (name) ON DELETE CASCADE,
    issuer TEXT NOT NULL, subject TEXT NOT NULL, groups TEXT NOT NULL, verified_at INTEGER NOT NULL,
    UNIQUE (issuer, subject)) STRICT;
  CREATE TABLE passkeys (id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES console_accounts (name) ON DELETE CASCADE,
    label TEXT NOT NULL, public_key TEXT NOT NULL, counter INTEGER NOT NULL, transports TEXT NOT NULL,
    synced INTEGER NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER) STRICT;
  CREATE INDEX passkeys_by_user ON passkeys (user);
  CREATE TABLE approval_votes (approval TEXT NOT NULL, approver TEXT NOT NULL, vote TEXT NOT NULL, at INTEGER NOT NULL,
    seen_ms INTEGER, rules TEXT NOT NULL, PRIMARY KEY (approval, approver)) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
  INSERT INTO console_accounts VALUES ('alice', '', '["payments-approver"]', '["red"]', '["u-1"]', 1000),
    ('break-glass', '$scrypt$x', '["operator"]', '[]', '[]', 500);
  INSERT INTO console_identities VALUES ('alice', 'https://id.example', 'u-1', '{"roles":["approvers"],"teams":[]}', 4000);
  INSERT INTO passkeys VALUES ('k1', 'alice', 'phone', 'cG9', 7, '["usb"]', 1, 2000, 3000);
  INSERT INTO passkeys VALUES ('k2', 'break-glass', 'key', 'cG8', 0, '[]', 0, 2000, NULL);
  INSERT INTO approval_votes VALUES ('a_1', 'alice', 'approve', 3000, 9, '["r"]'), ('a_0', 'alice', 'approve', 900, 9, '["r"]');
`;

const vote = {
  also: [],
  teams: [],
  vote: "approve",
  reason: null,
  method: "oidc",
  evidence: null,
  grant: null,
} as const;

/** A file of version 1 with an item that waits: a vote of today's alice, and one of an alice before her. */
async function firstVersion(name: string): Promise<string> {
  const file = join(dir, name);
  // The tables of approvals have not changed.
  const before = openDatabase(file);
  const store = approvalStore(new Connection(before));
  const roles = ["payments-approver"];
  await store.insert(sampleApproval({ id: "a_1", created: 1 }));
  await store.insert(sampleApproval({ id: "a_0", created: 1 }));
  await store.addVote("a_1", { ...vote, approver: "alice", roles, at: 3_000, seen_ms: 9 });
  await store.addVote("a_0", { ...vote, approver: "alice", roles, at: 900, seen_ms: 9 });
  before.close();
  const raw = new DatabaseSync(file);
  raw.exec(tables);
  raw.close();
  return file;
}

test("keys accounts, passkeys and votes of a store of version 1, and loses none", async () => {
  const database = openDatabase(await firstVersion("keyed.db"));
  const connection = new Connection(database);
  const [accounts, passkeys] = [accountStore(connection), passkeyStore(connection)];
  const alice = accountId("https://id.example", "u-1");
  const local = await accounts.withPassword("break-glass");
  expect(await accounts.get(alice)).toEqual({
    id: alice,
    name: "alice",
    password: null,
    roles: ["payments-approver"],
    teams: ["red"],
    also: ["u-1"],
    created_at: 1000,
    provider: {
      issuer: "https://id.example",
      subject: "u-1",
      verified_at: 4000,
      groups: { roles: ["approvers"], teams: [] },
    },
  });
  expect(local).toMatchObject({ password: "$scrypt$x", roles: ["operator"], created_at: 500, provider: null });
  expect(await passkeys.of(alice)).toEqual([
    {
      id: "k1",
      account: alice,
      label: "phone",
      publicKey: "cG9",
      counter: 7,
      transports: ["usb"],
      synced: true,
      created_at: 2000,
      used_at: 3000,
    },
  ]);
  expect((await passkeys.of(local?.id ?? "")).map(({ id }) => id)).toEqual(["k2"]);
  const facts = await attentionStore(connection).votesSince(0, 10);
  expect(facts.map(({ approver, name }) => [approver, name])).toEqual([
    [alice, "alice"],
    ["alice", "alice"],
  ]);
  database.close();
});

test("counts a vote of version 1 for the account that cast it, and for nobody when another one has the name now", async () => {
  const database = openDatabase(await firstVersion("votes.db"));
  const clock = new TestClock();
  clock.at = 5_000;
  const people = accountPeople(accountStore(new Connection(database)), clock, 60_000);
  const votesOf = async (id: string) => {
    const approval = await approvalStore(new Connection(database)).get(id);
    return approval === null ? [] : (await votesThatCount(approval, people)).map(({ account }) => account);
  };
  expect([await votesOf("a_1"), await votesOf("a_0")]).toEqual([[accountId("https://id.example", "u-1")], []]);
  expect((await approvalStore(new Connection(database)).get("a_0"))?.votes).toMatchObject([{ approver: "alice" }]);
  database.close();
});

test("does it once, and leaves a file as it was when it cannot", async () => {
  const file = await firstVersion("broken.db");
  const raw = new DatabaseSync(file);
  raw.exec("UPDATE approvals SET votes = 'no JSON' WHERE id = 'a_1'");
  expect(() => openDatabase(file)).toThrow(/JSON/);
  expect(raw.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  expect(raw.prepare("SELECT count(*) AS n FROM passkeys WHERE user = 'alice'").get()).toEqual({ n: 1 });
  raw.exec("UPDATE approvals SET votes = '[]' WHERE id = 'a_1'");
  raw.close();
  const first = openDatabase(file);
  const idIn = async (database: DatabaseSync) =>
    (await accountStore(new Connection(database)).withPassword("break-glass"))?.id;
  const id = await idIn(first);
  first.close();
  const second = openDatabase(file);
  expect(await idIn(second)).toBe(id);
  second.close();
});
