import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemReason } from "../lib/open-files.ts";

/** The only reader of the process environment. */
export function environmentVariable(variable: string): string | null {
  return process.env[variable] ?? null;
}

/** Sets a variable for threads that are started from now on, unless it is set. Programs with an environment of their own do not get it. */
export function setForThreads(variable: string, value: string): void {
  process.env[variable] ??= value;
}

/** The environment of a program that is run, without the variables that begin so. */
export function environmentWithout(prefix: string): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith(prefix)));
}

/** The same with these variables alone, for a program that runs what nobody has approved yet. */
export function environmentOf(names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])));
}

export type SecretReference =
  { readonly kind: "env"; readonly name: string } | { readonly kind: "file"; readonly path: string };

/** Null when the text is not a reference, so most likely a secret: never print it. */
export function parseReference(text: string, folder: string): SecretReference | null {
  const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  if (variable !== undefined) return { kind: "env", name: variable };
  const path = /^file:(.+)$/s.exec(text)?.[1];
  return path === undefined ? null : { kind: "file", path: resolve(folder, path) };
}

/** The reference with an absolute path; any other text is unchanged. */
export function absoluteReference(text: string, folder: string): string {
  const reference = parseReference(text, folder);
  return reference?.kind === "file" ? `file:${reference.path}` : text;
}

/**
 * The secret behind a reference, without the line end that editors leave at the end of a file.
 * @throws Error that names the reference, never the value
 */
export function readSecret(reference: SecretReference): string {
  const secret = readText(reference);
  // It becomes a header value; RFC 9110 §5.5 has no room for control characters.
  if (/[^\x20-\x7e]/.test(secret)) throw new Error(`${placeOf(reference)} holds characters other than printable ASCII`);
  return secret;
}

/** The text behind a reference, such as a key of several lines. @throws Error that names the reference, never the text */
export function readText(reference: SecretReference): string {
  const text = reference.kind === "env" ? environmentVariable(reference.name) : secretFile(reference.path);
  if (text === null) throw new Error(`${placeOf(reference)} is not set`);
  if (text === "") throw new Error(`${placeOf(reference)} is empty`);
  return text;
}

function placeOf(reference: SecretReference): string {
  return reference.kind === "env" ? `environment variable ${reference.name}` : `file ${reference.path}`;
}

function secretFile(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (failure) {
    throw new Error(`file ${path} cannot be read (${systemReason(failure) ?? "unknown error"})`, { cause: failure });
  }
}
