import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as store from "../../../gateway/cli/store.ts";
import { freePort } from "../../../demo/gate/config-file.ts";
import { first } from "../../../gateway/store/postgres/migrations/0001.ts";
import { migrate as makeTables, schemaVersion } from "../../../gateway/store/postgres/migrations.ts";
import { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { revocationStore } from "../../../gateway/store/call-state.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../support/postgres/server.ts";
import { expectExamples, inProcess, type Ran } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-store-"));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/** With the URL in a file, as an operator keeps it. */
function run(verb: string, url: string, ...more: string[]): Promise<Ran> {
  const file = join(folder, `${(files += 1)}.url`);
  writeFileSync(file, `${url}\n`);
  return inProcess(["store", verb, "--url", `file:${file}`, ...more]);
}

test("every verb has examples", () => expectExamples("store", [store.status, store.migrate, store.copy]));

test.each([
  ["is no URL", "localhost:5432", "is no URL of PostgreSQL"],
  ["is that of another database", "mysql://u:p@localhost/db", "is no URL of PostgreSQL"],
  ["names no database", "postgres://u:p@localhost:5432", "lacks a user, a host or a database"],
  ["names no user", "postgres://localhost:5432/db", "lacks a user, a host or a database"],
  ["has a user with a broken escape", "postgres://u%zz:p@localhost:5432/db", "has a % that encodes nothing"],
  ["has a password with a broken escape", "postgres://u:50%@localhost:5432/db", "has a % that encodes nothing"],
])("an address that %s is refused, and not repeated", async (_how, url, message) => {
  const { code, stderr } = await run("status", url);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(stderr).not.toContain(url);
});

test("a reference that is none, and one to nothing, are refused", async () => {
  for (const reference of ["postgres://u:secret@localhost/db", "env:SALLYPORT_NO_SUCH_NAME"]) {
    const { code, stderr } = await inProcess(["store", "status", "--url", reference]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--url: ")]);
    expect(stderr).not.toContain("secret@");
  }
});

test.each([
  [
    "to another engine's own kind",
    ["sqlite:a.db", "sqlite:b.db"],
    "one of --from and --to is sqlite:, the other postgres:",
  ],
  ["from nowhere", ["a.db", "postgres:env:U"], "--from is not one of sqlite:FILE, postgres:env:NAME"],
  ["to a URL with its password", ["sqlite:a.db", "postgres://u:secret@h/d"], "--to is not one of sqlite:FILE"],
  ["to a reference to nothing", ["sqlite:a.db", "postgres:env:SALLYPORT_NO_SUCH_NAME"], "--to: "],
  ["from a reference to nothing", ["postgres:env:SALLYPORT_NO_SUCH_NAME", "sqlite:a.db"], "--from: "],
])("a copy %s is refused", async (_how, [from = "", to = ""], message) => {
  const { code, stderr } = await inProcess(["store", "copy", "--from", from, "--to", to]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(stderr).not.toContain("secret@");
});

test("a certificate that is not there is told as one, and not as a server that does not answer", async () => {
  const { code, stderr } = await run(
    "status",
    "postgres://u:p@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=gone.pem",
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining("cannot be reached over TLS: ENOENT")]);
});

test("nobody who answers is one sentence with the place, without the password", async () => {
  const port = await freePort();
  const { code, stderr } = await run("migrate", `postgres://ann:hidden@127.0.0.1:${port}/store`);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`(ann at 127.0.0.1:${port}/store) cannot be reached`)]);
  expect(stderr).not.toContain("hidden");
});

describeWithPostgres("the tables of a store in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => (server = await startPostgres()));
  afterAll(() => server.close());
  const created = async (name: string) => {
    await server.admin(`CREATE DATABASE ${name}`);
    return server.url(name);
  };

  it("are missing, are made once however many make them, and are those of this version then", async () => {
    const url = await created("fresh");
    expect(await run("status", url)).toMatchObject({ code: 1, stdout: expect.stringContaining("has no tables yet") });
    const made = await Promise.all([run("migrate", url, "--json"), run("migrate", url, "--json")]);
    expect(made.map(({ code }) => code)).toEqual([0, 0]);
    const all = Array.from({ length: schemaVersion }, (_, at) => at + 1);
    expect(made.flatMap(({ stdout }) => JSON.parse(stdout).made).toSorted((one, other) => one - other)).toEqual(all);
    const { code, stdout } = await run("status", url, "--json");
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ version: schemaVersion, readableFrom: 1, wanted: schemaVersion, problem: null }),
    ]);
    expect(JSON.parse(stdout)).toHaveProperty("tells_changes", true);
    expect(stdout).not.toContain(server.password);
    const { stdout: text } = await run("status", url);
    expect(text).toContain(`tables of version ${schemaVersion}, which is this Sallyport's`);
    expect(text).toContain("gateways are told of each other's changes (LISTEN/NOTIFY)");
    expect(await run("migrate", url)).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to do") });
  });

  // PostgreSQL has several ways to refuse a table that another makes at the same moment, and each comes up in some of the rounds only.
  it("are made once by six who come at the same moment", async () => {
    const url = await created("crowd");
    const six = Array.from({ length: 6 }, (_, at) => new PostgresConnection({ connectionString: url }, `one-${at}`));
    for (let round = 0; round < 20; round += 1) {
      await server.admin("DROP SCHEMA public CASCADE; CREATE SCHEMA public", "crowd");
      const made = await Promise.all(six.map((connection) => makeTables(connection)));
      expect(made.flat().toSorted((one, other) => one - other)).toEqual(
        Array.from({ length: schemaVersion }, (_, at) => at + 1),
      );
    }
    await Promise.all(six.map((connection) => connection.close()));
  }, 120_000);

  it("of an older version are brought to this one, with what is in them", async () => {
    const url = await created("older");
    await server.admin(first, "older");
    await server.admin(
      `CREATE TABLE store_schema (version BIGINT PRIMARY KEY, readable_from BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now());
       INSERT INTO store_schema VALUES (1, 1); INSERT INTO revocations (id, body) VALUES ('r_1', '{}')`,
      "older",
    );
    const problem = expect.stringContaining(`has tables of version 1, and this Sallyport is for ${schemaVersion}: run`);
    expect(await run("status", url)).toMatchObject({ code: 1, stdout: problem });
    expect(await run("migrate", url)).toMatchObject({ code: 0, stdout: expect.stringContaining("version 2, 3") });
    expect(await run("status", url)).toMatchObject({ code: 0 });
    const { rows } = await server.admin("SELECT id FROM revocations", "older");
    expect(rows).toEqual([{ id: "r_1" }]);
  });

  it("of a newer version can be read as long as they say so, and else are refused", async () => {
    const [url, newer] = [await created("newer"), schemaVersion + 1];
    await run("migrate", url);
    await server.admin(`INSERT INTO store_schema (version, readable_from) VALUES (${newer}, 1)`, "newer");
    const readable = expect.stringContaining(
      `tables of version ${newer}, which one of version ${schemaVersion} can read`,
    );
    expect(await run("status", url)).toMatchObject({ code: 0, stdout: readable });
    await server.admin(`INSERT INTO store_schema (version, readable_from) VALUES (${newer + 1}, ${newer})`, "newer");
    const problem = expect.stringContaining(
      `which only a Sallyport for version ${newer} or later can read, and this one is for ${schemaVersion}`,
    );
    expect(await run("status", url)).toMatchObject({ code: 1, stdout: problem });
    expect(await run("migrate", url)).toMatchObject({ code: 2, stderr: problem });
  });

  it("are filled by a copy of a file, whose rows are told, and are not usable while one is incomplete", async () => {
    const url = await created("target");
    writeFileSync(join(folder, "target.url"), url);
    const file = join(folder, "source", "sallyport.db");
    const copy = (...more: string[]) =>
      inProcess([
        "store",
        "copy",
        "--from",
        `sqlite:${file}`,
        "--to",
        `postgres:file:${join(folder, "target.url")}`,
        ...more,
      ]);
    expect(await copy()).toMatchObject({ code: 2, stderr: expect.stringContaining("run sallyport store migrate") });
    await run("migrate", url);
    expect(await copy()).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file} is not there`) });
    const database = openDatabase(file);
    await revocationStore(new Connection(database)).add({ id: "r_1" } as never);
    database.close();
    await server.admin(
      "CREATE TABLE store_copy (source TEXT NOT NULL); INSERT INTO store_copy VALUES ('other')",
      "target",
    );
    const half = expect.stringContaining("the copy of other into it is not complete");
    expect(await run("status", url)).toMatchObject({ code: 1, stdout: half });
    expect(await copy()).toMatchObject({ code: 2, stderr: expect.stringContaining("a copy of other into") });
    await server.admin("DROP TABLE store_copy", "target");
    const { code, stdout } = await copy("--json");
    expect(code).toBe(0);
    const { tables } = JSON.parse(stdout) as { tables: { table: string; rows: number }[] };
    expect(tables.filter(({ rows }) => rows > 0)).toEqual([expect.objectContaining({ table: "revocations", rows: 1 })]);
    const { rows } = await server.admin("SELECT id FROM revocations", "target");
    expect(rows).toEqual([{ id: "r_1" }]);
    expect(await copy()).toMatchObject({ code: 2, stderr: expect.stringContaining("has rows in revocations") });
    expect(await run("status", url)).toMatchObject({ code: 0 });
    const back = [
      "--from",
      `postgres:file:${join(folder, "target.url")}`,
      "--to",
      `sqlite:${join(folder, "back", "s.db")}`,
    ];
    const { stdout: text } = await inProcess(["store", "copy", ...back]);
    expect(text).toMatch(
      /^table +rows in both\nrevocations +1\n.*s\.db: 1 rows of \d+ tables, each compared; keys: none/,
    );
  });

  it("leave nothing behind when making them fails", async () => {
    const url = await created("taken");
    await server.admin("CREATE TABLE bundle_marks (x TEXT)", "taken");
    expect((await run("migrate", url)).code).not.toBe(0);
    const { rows } = await server.admin("SELECT to_regclass('approvals') AS found", "taken");
    expect(rows).toEqual([{ found: null }]);
  });

  it.each([
    ["the password is wrong", () => server.url("postgres").replace(/:[^:@]*@/, ":wrong@"), "refuses the sign-in"],
    ["the database is not there", () => server.url("nowhere"), "create the database"],
    ["it has no TLS", () => `${server.url()}?sslmode=verify-full`, "cannot be reached over TLS"],
  ])("cannot be looked at when %s", async (_why, url, message) => {
    const { code, stderr } = await run("status", url());
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    ["an older PostgreSQL", "PostgreSQL 12.22 on x86_64-pc-linux-gnu"],
    ["an engine that only speaks as PostgreSQL does", "CockroachDB CCL v23.1.11"],
  ])("are not made in %s", async (_what, version) => {
    const name = `not_${version.slice(0, 5).toLowerCase()}`;
    const url = await created(name);
    // What the server says of itself, before its own function.
    await server.admin(
      `CREATE SCHEMA said; CREATE FUNCTION said.version() RETURNS text LANGUAGE sql AS $$ SELECT '${version}'::text $$;
       ALTER DATABASE ${name} SET search_path = said, pg_catalog, public`,
      name,
    );
    const { code, stderr } = await run("migrate", url);
    const message = `/${name}) is ${version}, and Sallyport needs PostgreSQL 13 or newer: use the address of one`;
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it("are not told as out of reach when a statement takes longer than the database allows", async () => {
    const url = await created("slow");
    await server.admin("ALTER DATABASE slow SET statement_timeout = 1");
    const { code, stderr } = await run("migrate", url);
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("statement timeout")]);
    expect(code).not.toBe(0);
    expect(stderr).not.toContain("cannot be reached");
  });

  it("cannot be made by a user without the right", async () => {
    await created("theirs");
    await server.admin("CREATE ROLE guest LOGIN PASSWORD 'g'");
    const { code, stderr } = await run("migrate", `postgres://guest:g@127.0.0.1:${server.port}/theirs`);
    expect([code, stderr]).toEqual([2, expect.stringContaining("grant it CREATE and USAGE")]);
  });
});
