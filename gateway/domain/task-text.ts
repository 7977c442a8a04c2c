import { hash } from "node:crypto";
import { type CutText, cutToBytes } from "../lib/cut-text.ts";
import { Refusal } from "./errors.ts";
import type { Subject } from "./subject.ts";

/** Of the text of a token, and of all texts together that are added to a session's task in the run. UTF-8. */
export const maxTaskTextBytes = 16 * 1024;

/** Texts that are kept of one session. */
export const mostTaskTexts = 64;

/** What a client says in the run as a further part of the task. */
export interface SaidTaskText {
  /** At most `maxTaskTextBytes`. */
  readonly text: CutText;
  /** SHA-256 of the whole text in UTF-8: "sha256:" and 64 hex digits. The record has this and the length, never the text. */
  readonly digest: string;
  /** Of the whole text. */
  readonly bytes: number;
}

/** Null for an empty text. */
export function saidTaskText(value: string): SaidTaskText | null {
  if (value === "") return null;
  const whole = plainTaskText(value);
  const digest = `sha256:${hash("sha256", whole, "hex")}`;
  return { text: cutToBytes(whole, maxTaskTextBytes), digest, bytes: Buffer.byteLength(whole) };
}

/** Control characters but for tabs and line breaks. */
const controls = /[^\P{Cc}\t\n\r]/gu;

/**
 * A text as a person wrote it, with its line breaks. Other control characters become blanks: a pasted terminal escape must not
 * fail every call, and says nothing about the task.
 */
export function plainTaskText(value: string): string {
  return value.toWellFormed().replace(controls, " ");
}

export interface ExtendedTexts {
  /** The same objects as before, then the new one. */
  readonly texts: readonly CutText[];
  /** What stands for the added text, cut to the room that there was; null when there was none. */
  readonly kept: CutText | null;
  readonly changed: boolean;
}

/** Adds a text as far as there is room. The same text again changes nothing, so that a call may be sent again. Pure. */
export function withTaskText(texts: readonly CutText[], added: CutText): ExtendedTexts {
  const same = texts.find(({ text, truncated }) => text === added.text || (truncated && added.text.startsWith(text)));
  if (same !== undefined) return { texts, kept: same, changed: false };
  const room = texts.length < mostTaskTexts ? maxTaskTextBytes - taskTextBytes(texts) : 0;
  const { text, truncated } = cutToBytes(added.text, room);
  if (text === "") return { texts, kept: null, changed: false };
  const kept = { text, truncated: truncated || added.truncated };
  return { texts: [...texts, kept], kept, changed: true };
}

/** Of all texts together, in UTF-8. */
export function taskTextBytes(texts: readonly CutText[]): number {
  return texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

/** Which clients may add to the text of a task in the run. */
export interface TaskTextRules {
  /** Ids of OAuth clients; none: nobody may. */
  readonly clients: ReadonlySet<string>;
  /** `iss` of the tokens that these clients have. */
  readonly issuers: ReadonlySet<string>;
}

/** The client is named by its verified token. @throws Refusal task_text_off, task_text_client */
export function assertMayAddTaskText(
  { clients, issuers }: TaskTextRules,
  { clientId, issuer }: Pick<Subject, "clientId" | "issuer">,
): void {
  if (clients.size === 0) throw new Refusal("task_text_off");
  if (clientId !== null && clients.has(clientId) && issuers.has(issuer)) return;
  throw new Refusal("task_text_client", {
    hint: clientId === null ? "its token names no client" : "its client is not listed",
    detail: `client ${JSON.stringify(clientId)} of ${issuer}`,
  });
}

/** One text per client, used as a key: issuer and client id, unambiguously joined. */
export function clientKey({ issuer, clientId }: Pick<Subject, "clientId" | "issuer">): string {
  return JSON.stringify([issuer, clientId]);
}
