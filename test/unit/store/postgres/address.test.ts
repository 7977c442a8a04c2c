import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type pg from "pg";
import { rereading } from "../../../../gateway/store/postgres/address.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-address-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, "ca.pem");
const url = `postgres://ann:p@db/store?sslmode=verify-full&sslrootcert=${file}`;
const [one = "", other = ""] = rootCertificates;
const authority = (client: pg.ClientBase): unknown => (client as unknown as { ssl: { ca: unknown } }).ssl.ca;

test("certificates are read anew for each connection, and those before stay while a file is not there or is no certificate", () => {
  writeFileSync(file, one);
  const Client = rereading(() => url);
  rmSync(file);
  expect(authority(new Client())).toBe(one);
  writeFileSync(file, other.slice(0, 200));
  expect(authority(new Client())).toBe(one);
  writeFileSync(file, other);
  expect(authority(new Client())).toBe(other);
});

test("certificates that cannot be read at first are a failure", () => {
  rmSync(file, { force: true });
  expect(() => rereading(() => url)).toThrow("ENOENT");
});
