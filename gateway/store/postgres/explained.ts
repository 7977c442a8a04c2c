import { CannotStart } from "../../domain/errors.ts";
import { saidBy, StoreUnavailable } from "./failures.ts";

const nobodyAnswers = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EAI_AGAIN",
]);

/**
 * What PostgreSQL or the way to it refused, by its code (https://www.postgresql.org/docs/current/errcodes-appendix.html), as one
 * sentence that says what to do; anything else stays as it is.
 */
export function explained(thrown: unknown, place: string): unknown {
  const isUnavailable = thrown instanceof StoreUnavailable;
  const failure = isUnavailable ? (thrown.cause ?? thrown) : thrown;
  const message = saidBy(failure as Error);
  const found = known(failure as Failure, message) ?? (isUnavailable ? unusable : null);
  if (found === null) return failure;
  const [name, what, fix] = found;
  const why = found === unusable ? (thrown as StoreUnavailable).why : message;
  return new CannotStart(name, `the store (${place}) ${what}: ${why}; ${fix}`, failure);
}

type Failure = Readonly<Partial<NodeJS.ErrnoException>>;
type Explanation = readonly [name: CannotStart["code"], what: string, fix: string];

const unusable: Explanation = ["store_unreachable", "cannot be used", "look at PostgreSQL and the way to it"];
const tableRights = "grant it SELECT, INSERT, UPDATE, DELETE on all tables of the schema";
const schemaRights = "make the user the owner of the database, or grant it CREATE and USAGE on the schema";
const tls: Explanation = [
  "store_refused",
  "cannot be reached over TLS",
  "correct sslmode and the certificates in its address",
];
const silent: Explanation = [
  "store_unreachable",
  "cannot be reached",
  "start PostgreSQL, or correct the host and port of its address",
];
const pooled: Explanation = [
  "store_refused",
  "is behind a pooler that mixes up the statements of its clients",
  "use an address without it, or a pooler that keeps prepared statements (PgBouncer from 1.21 on, with max_prepared_statements)",
];

const byCode: Readonly<Record<string, Explanation>> = {
  "25006": [
    "store_refused",
    "cannot be written",
    "use the address of a server that can be, or set default_transaction_read_only to off",
  ],
  "26000": pooled,
  "3D000": ["store_refused", "is not there", "create the database, or correct its name in the address"],
  "42P05": pooled,
  "53300": ["store_unreachable", "has no connection left", "raise max_connections, or end what uses them"],
};

function known({ code = "", syscall }: Failure, message: string): Explanation | null {
  // A socket in the file system that is not there. A certificate is opened.
  const hasNoSocket = code === "ENOENT" && syscall === "connect";
  // The client's own timeouts, and what it says of a connection that was closed, have no code. PostgreSQL's timeouts, of locks and statements, have one.
  const isSilent = code === "" && /timeout|^Connection terminated/i.test(message);
  if (nobodyAnswers.has(code) || hasNoSocket || isSilent) return silent;
  if (/SSL/.test(message) || code.startsWith("ERR_OSSL") || syscall === "open") return tls;
  if (code.startsWith("28"))
    return ["store_refused", "refuses the sign-in", "correct the user and password of its address"];
  if (code.startsWith("57P")) return ["store_unreachable", "does not serve now", "wait until it has started"];
  if (code === "42501")
    return ["store_rights", "refuses rights", / for table /.test(message) ? tableRights : schemaRights];
  const parameter = /^unsupported startup parameter(?: in options)?: (\w+)/.exec(message)?.[1];
  if (parameter !== undefined)
    return [
      "store_refused",
      "is behind a pooler that refuses a parameter",
      `add ${parameter} to its ignore_startup_parameters`,
    ];
  return byCode[code] ?? null;
}
