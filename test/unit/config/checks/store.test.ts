import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkReferences, checkSecrets } from "../../../../gateway/config/checks/secrets.ts";
import { checkStore, checkStoreUrl } from "../../../../gateway/config/checks/store.ts";
import { found } from "./found.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-check-store-"));
afterAll(() => rmSync(folder, { recursive: true }));

const url = "file:store.url";

test("finds nothing in a file, in a database, and in neither", () => {
  for (const store of [undefined, {}, { sqlite: "a.db" }, { postgres: { url } }])
    expect(found(checkStore, { store })).toEqual([]);
});

test("refuses a file and a database at once", () => {
  expect(found(checkStore, { store: { sqlite: "a.db", postgres: { url } } })).toEqual([
    "store.sqlite (key): stands beside store.postgres, and a gateway has one store: remove one of them",
  ]);
});

test("refuses an address in the file itself, and one that cannot be read", () => {
  const written = { store: { postgres: { url: "postgres://u:secret@db/store" } } };
  const [refused, ...others] = found(checkReferences, written);
  expect([refused, others]).toEqual([
    expect.stringMatching(/^store\.postgres\.url \(value\): a secret must not stand here/),
    [],
  ]);
  expect(refused).not.toContain("secret@");
  expect(found(checkSecrets, { store: { postgres: { url: "file:none.url" } } }, folder)).toEqual([
    expect.stringContaining("store.postgres.url (value): file"),
  ]);
});

test("refuses an address that is none of PostgreSQL, without repeating it", () => {
  const of = (text: string): string[] => {
    writeFileSync(join(folder, "store.url"), text);
    return found(checkStoreUrl, { store: { postgres: { url } } }, folder);
  };
  expect(of("postgres://ann:p@db/store")).toEqual([]);
  expect(of("postgres://ann:p@db/store?sslmode=verify-full&sslrootcert=/etc/ca.pem")).toEqual([]);
  for (const [text, problem] of [
    ["postgres://ann:hidden@db/store?statement_timeout=0", "has the option statement_timeout, and only ssl, sslmode,"],
    ["mysql://ann:hidden@db/store", "is no URL of PostgreSQL"],
    ["postgres://ann:hidden@db", "lacks a user, a host or a database"],
    ["postgres://ann:hidden%zz@db/store", "has a % that encodes nothing"],
  ]) {
    const [line, ...others] = of(text!);
    expect([line, others]).toEqual([
      expect.stringContaining(`store.postgres.url (value): the address there ${problem}`),
      [],
    ]);
    expect(line).not.toContain("hidden");
  }
});
