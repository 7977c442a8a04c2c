/** Where a database is, for people: without the password. Or what is wrong with its address, which is not repeated: it has a password. */
export type PostgresPlace = { readonly place: string } | { readonly problem: string };

/** Those of https://node-postgres.com/features/ssl. Any other would override how a gateway uses its store, or be ignored. */
const tlsOptions = ["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey"];

const form = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE";

/** @param url `postgres://user:password@host:port/database?options` */
export function postgresPlace(url: string): PostgresPlace {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !["postgres:", "postgresql:"].includes(parsed.protocol))
    return { problem: `is no URL of PostgreSQL; ${form}` };
  const other = [...parsed.searchParams.keys()].find((name) => !tlsOptions.includes(name));
  if (other !== undefined)
    return { problem: `has the option ${other}, and only ${tlsOptions.join(", ")} are taken: remove it` };
  const { username, password, hostname, pathname } = parsed;
  const parts = [username, hostname, pathname.slice(1), password].map(decoded);
  if (parts.includes(null)) return { problem: "has a % that encodes nothing; write %25 for a % itself" };
  const [user, host, database] = parts;
  if (!user || !host || !database) return { problem: `lacks a user, a host or a database; ${form}` };
  return { place: `${user} at ${host}:${parsed.port || "5432"}/${database}` };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
