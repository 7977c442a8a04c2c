import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import pg from "pg";
import { CannotStart } from "../../domain/errors.ts";
import { postgresPlace } from "../../lib/postgres-url.ts";

type Address = Pick<pg.ClientConfig, "host" | "port" | "database" | "user" | "password" | "ssl">;

/** @throws CannotStart store_address. The message does not repeat the URL, which has a password. */
export function placeOf(url: string): string {
  const found = postgresPlace(url);
  if ("place" in found) return found.place;
  throw new CannotStart("store_address", `the address of the store ${found.problem}`);
}

/**
 * A client that reads the address, and the certificates that it names, anew for each new connection: passwords and certificates are
 * changed without a restart. An address that is wrong, and a file that cannot be used, is not taken as long as there is one before it.
 * @throws CannotStart store_address, and Error of a certificate, when already the first cannot be used; what `url` throws
 */
export function rereading(url: () => string): new () => pg.ClientBase {
  let last = addressIn(url());
  function current(): Address {
    try {
      last = addressIn(url());
    } catch {
      // A file is being replaced, or has gone. PostgreSQL says whether what was read before is still good.
    }
    return last;
  }
  return class extends pg.Client {
    constructor(options: pg.ClientConfig = {}) {
      super({ ...options, ...current() });
    }
  };
}

/** With what its certificate files contain. A client reads them when it is made, and asks nobody yet. */
function addressIn(url: string): Address {
  placeOf(url);
  const { host, port, database, user, password, ssl } = new pg.Client({ connectionString: url });
  const tls = ssl as boolean | SecureContextOptions;
  if (typeof tls === "object") assertCertificates(tls);
  return { host, port, ssl, ...(database && { database }), ...(user && { user }), ...(password && { password }) };
}

/** A file that is half written may be taken for one without certificates. @throws Error */
function assertCertificates(tls: SecureContextOptions): void {
  for (const one of [tls.ca, tls.cert]) if (typeof one === "string") new X509Certificate(one);
  createSecureContext(tls);
}
