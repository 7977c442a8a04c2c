import { oncePer } from "../../lib/caches.ts";
import { SecretFinder, shortestSecret } from "../../lib/secret-finder.ts";

const removed = "[credential removed]";
/** Shorter ones stand in names that have nothing to do with them. */
const shortestInNames = 8;

/**
 * What a server wrote, without the credential that it was given. Where a header or base64 has it over several lines, nothing of the text is
 * left.
 * @param begin characters at its beginning that are looked through and left out
 */
export function withoutSecrets(text: string, secrets: readonly string[], begin = 0): string {
  const finder = finderOf(secrets);
  const { bytes } = finder.clean(Buffer.from(text));
  const cleaned = bytes.toString();
  return finds(finder, cleaned.replace(/\s+/g, "")) ? removed : cleaned.slice(begin);
}

/** Whether a name that is kept repeats one of them, or its letters and digits do: a name of a file or a route has no others. */
export function holdsSecret(name: string, secrets: readonly string[]): boolean {
  const long = longOf(secrets);
  return finds(finderOf(long), name) || slugsOf(long).some((slug) => slugOf(name).includes(slug));
}

function finds(finder: SecretFinder, text: string): boolean {
  return finder.clean(Buffer.from(text)).removed > 0;
}

const finderOf = oncePer((secrets: readonly string[]) => new SecretFinder([secrets.flatMap(saidBy)], removed));
const longOf = oncePer((secrets: readonly string[]): readonly string[] =>
  secrets.filter(({ length }) => length >= shortestInNames),
);
const slugsOf = oncePer((secrets: readonly string[]): readonly string[] =>
  secrets
    .flatMap(saidBy)
    .flatMap((secret) => [secret, Buffer.from(secret).toString("base64")])
    .map(slugOf)
    .filter(({ length }) => length >= shortestInNames),
);

function slugOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** The secret, and of `name:password` in base64, as in `Authorization: Basic`, the whole and the password. */
function saidBy(secret: string): string[] {
  const said = /^[\w+/-]{8,}={0,2}$/.test(secret) ? Buffer.from(secret, "base64").toString("latin1") : "";
  if (!/^[\x20-\x7e]+$/.test(said)) return [secret];
  return [secret, said, said.slice(said.indexOf(":") + 1)].filter(({ length }) => length >= shortestSecret);
}
