import { createHmac, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { PolicyHistoryEntry, PolicyPin } from "../../domain/ports.ts";
import type { Signed } from "../signatures/verify.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** An entry with what is needed to activate it again. */
export interface KeptEntry extends PolicyHistoryEntry {
  /** The signature that it was activated with; null for none. */
  readonly signed: Signed | null;
  /** Id of the approval that it became active by; null or absent: none. */
  readonly approval?: string | null;
}

export interface KeptPin extends PolicyPin {
  readonly signed: Signed | null;
}

export interface HistoryContent {
  /** The oldest first. */
  readonly entries: readonly KeptEntry[];
  readonly pin: KeptPin | null;
}

/** The file is not as it was written, or was written with another key. */
export class HistoryChanged extends Error {
  override readonly name = "HistoryChanged";
}

/**
 * The history in the data folder. It says which archives were active and what is pinned, so it carries a MAC with a key that is kept
 * elsewhere: a file that somebody changed is not used.
 */
export class HistoryFile {
  readonly #path: string;
  readonly #key: Uint8Array;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, key: Uint8Array) {
    this.#path = path;
    this.#key = key;
  }

  get path(): string {
    return this.#path;
  }

  /** Null when there is none. @throws HistoryChanged, Error when it cannot be read */
  async read(): Promise<HistoryContent | null> {
    const parts = await partsOf(this.#path);
    if (parts === null) return null;
    const { mac, body } = parts;
    const wanted = this.#macOf(body);
    if (mac.length !== wanted.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(wanted)))
      throw new HistoryChanged("it is not as this gateway wrote it, or was written with another store");
    return parseJson(body) as HistoryContent;
  }

  /** On disk when it resolves, one after another. */
  write(content: HistoryContent): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write(JSON.stringify(content)));
    return this.#writing;
  }

  async #write(body: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const aside = `${this.#path}.${process.pid}.new`;
    await writeFile(aside, `${this.#macOf(body)}\n${body}`, { mode: 0o600, flush: true });
    await rename(aside, this.#path);
  }

  #macOf(body: string): string {
    return createHmac("sha256", this.#key).update("policy-history\0").update(body).digest("hex");
  }
}

/**
 * The history as it stands in the file, for who has not the key and activates nothing by it. Null when there is none.
 * @throws HistoryChanged when it is no history; Error when it cannot be read
 */
export async function unverifiedHistory(path: string): Promise<HistoryContent | null> {
  const parts = await partsOf(path);
  if (parts === null) return null;
  const content = jsonIn(parts.body);
  if (!isHistory(content)) throw new HistoryChanged("it is damaged: this gateway writes no such file");
  return content;
}

function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** Its members have the types that a start reads of them. What somebody made up beyond that is found by the MAC alone. */
function isHistory(value: unknown): value is HistoryContent {
  if (!isJsonObject(value)) return false;
  const { entries, pin = null } = value;
  return Array.isArray(entries) && entries.every(isKept) && (pin === null || (isKept(pin) && pin["revision"] !== null));
}

function isKept(value: JsonValue): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const { revision, digest, signed = null } = value;
  const isSigned = signed === null || isJsonObject(signed);
  return isSigned && [revision, digest].every((one) => one === null || typeof one === "string");
}

async function partsOf(path: string): Promise<{ readonly mac: string; readonly body: string } | null> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : { mac: text.slice(0, 64), body: text.slice(65) };
}
