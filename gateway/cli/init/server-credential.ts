import { isAbsolute, relative, resolve } from "node:path";
import type { Config } from "../../config/config.ts";
import { parseReference, readSecret } from "../../config/environment.ts";
import { isOwnHeader } from "../../domain/credential.ts";
import type { Route } from "../../domain/route.ts";
import { CliFailure, exits } from "../common/verb.ts";

/** What a tool server is asked and called with, as `credentials` of the configuration have it. The secret is known by its place alone. */
export interface ServerCredential {
  /** Lower case. */
  readonly header: string;
  /** Before the secret, such as "Bearer ". */
  readonly prefix: string;
  /** `env:NAME`, or `file:` with an absolute path. */
  readonly reference: string;
}

const form = /^([\w!#$%&'*+.^`|~-]+):[ \t]*((?:[A-Za-z][A-Za-z-]{0,19} +)?)(env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*)$/s;

/** Of `Authorization: Bearer env:NAME`. @throws CliFailure credential_form, which never repeats what was given: it may be a secret */
export function credentialOf(text: string): ServerCredential {
  const [, name = "", scheme = "", place = ""] = form.exec(text) ?? [];
  const header = name.toLowerCase();
  const reference = parseReference(place, process.cwd());
  if (reference === null)
    throw new CliFailure(
      exits.usage,
      "credential_form",
      `--header says in which header a secret is sent and where it is, never the secret itself: ${examples}.`,
    );
  if (isOwnHeader(header))
    throw new CliFailure(
      exits.usage,
      "credential_form",
      `The gateway or the connection sets the header ${name} itself.`,
    );
  const prefix = scheme === "" ? "" : `${scheme.trim()} `;
  return { header, prefix, reference: reference.kind === "env" ? place : `file:${reference.path}` };
}

export const examples = `--header "Authorization: Bearer env:NAME" or --header "X-API-Key: file:PATH"`;

/** Variables of a server that is a command → `env:NAME`, or `file:` with an absolute path. */
export type ServerVariables = Readonly<Record<string, string>>;

/** Of `API_KEY=env:NAME`, each. @throws CliFailure credential_form, which never repeats what was given */
export function variablesOf(texts: readonly string[]): ServerVariables {
  const pairs = texts.map((text) => {
    const [, name = "", place = ""] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/s.exec(text) ?? [];
    const reference = parseReference(place, process.cwd());
    if (reference !== null) return [name, reference.kind === "env" ? place : `file:${reference.path}`] as const;
    const message = "--env says which variable the server gets and where its secret is, never the secret itself:";
    throw new CliFailure(
      exits.usage,
      "credential_form",
      `${message} --env API_KEY=env:NAME or --env API_KEY=file:PATH.`,
    );
  });
  return Object.fromEntries(pairs);
}

/** What a server is asked and called with. */
export interface ServerSecrets {
  readonly credential: ServerCredential | null;
  /** Of a server that is a command. */
  readonly variables: ServerVariables;
  /** A route to the address says `allow_insecure: true`. */
  readonly allowsInsecure: boolean;
}

/** @throws CliFailure credential_unreadable, which names the reference alone */
export function secretOf({ reference }: Pick<ServerCredential, "reference">): string {
  const parsed = parseReference(reference, process.cwd());
  const unreadable = (why: string) =>
    new CliFailure(exits.usage, "credential_unreadable", `The server's credential: ${why}.`);
  let secret = "";
  try {
    secret = parsed === null ? "" : readSecret(parsed);
  } catch (failure) {
    throw unreadable((failure as Error).message);
  }
  if (secret.trim() === "") throw unreadable(`${reference} holds nothing but blanks`);
  return secret;
}

/** An entry of `credentials` in a configuration in `folder`. */
export function configuredCredential({ header, prefix, reference }: ServerCredential, folder: string): object {
  return {
    ...(header === "authorization" ? {} : { header }),
    ...(prefix === "" ? {} : { prefix }),
    value: fromFolder(reference, folder),
  };
}

/** The reference as it is written in a configuration in `folder`. */
export function fromFolder(reference: string, folder: string): string {
  const path = reference.startsWith("file:") ? reference.slice("file:".length) : null;
  if (path === null) return reference;
  const near = relative(folder, path);
  return near.startsWith("..") || isAbsolute(near) ? `file:${resolve(path)}` : `file:${near}`;
}

/** What the first route to this address that carries one secret in a header carries; null when there is none. */
export function credentialOfRoute(config: Config, url: URL): ServerCredential | null {
  for (const route of routesTo(config, url)) {
    const credential = config.credentials.get(route.credential ?? "");
    if (credential?.provider === "static" && credential.place.in === "header")
      return { header: credential.place.name, prefix: credential.place.prefix, reference: credential.reference };
  }
  return null;
}

/** Routes to this address, a slash at its end or not. */
export function routesTo({ routes }: Config, url: URL): Route[] {
  return routes.filter(
    ({ upstream, upstreamPrefix }) =>
      upstream.origin === url.origin && withoutSlash(upstreamPrefix) === withoutSlash(url.pathname),
  );
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
