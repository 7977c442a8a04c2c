import { isDeepStrictEqual } from "node:util";
import type { CatalogFact } from "../../domain/facts.ts";
import type { ProvenanceFact, ProvenanceFacts, SecretFact } from "../../domain/provenance.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { escapedStep, isExactNumber } from "../../lib/json.ts";
import type { Address } from "../text/addresses/address.ts";
import { addressesIn, isWrittenAsPhone, namedAddress, wholeAddress } from "../text/addresses/addresses.ts";
import { isFieldName } from "../text/addresses/urls.ts";
import { codesIn } from "../text/codes.ts";
import type { Digester } from "../text/digest.ts";
import { decodedTexts, mayBeEncoded, mostLayers } from "../text/encodings.ts";
import { isBelow } from "../text/addresses/hosts.ts";
import { KeptWords } from "../text/words/kept-words.ts";
import { secretAt } from "./secrets.ts";
import { listedIn, splitValues } from "../text/split.ts";
import { longestText, Words } from "../text/words/words.ts";
import { CopiedTexts } from "./copied.ts";
import { kindOf, unread, within, wordOr } from "./kinds.ts";
import { untrustedLine } from "./lines.ts";
import { type Against, type Match, Matching } from "./matching.ts";

/** Values of one call that are told apart. */
const mostValues = 256;
/** Depth, number of values of all kinds, and UTF-16 units of one call that are looked at. */
const deepest = 32;
const mostNodes = 4_096;
const mostUnits = 65_536;

export interface Traced extends Against {
  readonly arguments: JsonObject;
  readonly argumentsOmitted: boolean;
  readonly catalog: Pick<CatalogFact, "destination" | "target">;
  /** Whether the call goes to this thing, see `Things`, and nowhere else. */
  readonly goesTo: (thing: number) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Role = ProvenanceFact["role"];

/** Where a call goes, or what it acts on. */
const isPlace = (role: Role | null): boolean => role === "destination" || role === "target";

/** Says of each value of one call's arguments how it was met before. Reads one call after another. */
export class Tracer {
  readonly #digester: Digester;
  readonly #words: Words;
  readonly #kept: KeptWords;
  readonly #matching: Matching;
  readonly #copied: CopiedTexts;
  #question: Traced | null = null;
  #facts: ProvenanceFact[] = [];
  #secrets: SecretFact[] = [];
  #copies: string[] = [];
  #nodes = 0;
  #units = 0;
  #isCut = false;

  /** @param kept the texts of a call, which is read again when it is sent */
  constructor(digester: Digester, kept = new KeptWords()) {
    this.#digester = digester;
    this.#kept = kept;
    this.#words = new Words(digester.key, kept);
    this.#matching = new Matching(digester, this.#words);
    this.#copied = new CopiedTexts(digester, this.#words);
  }

  trace(question: Traced): Pick<ProvenanceFacts, "provenance" | "secrets" | "copied"> {
    this.#question = question;
    [this.#facts, this.#secrets, this.#copies] = [[], [], []];
    [this.#nodes, this.#units, this.#isCut] = [0, 0, question.argumentsOmitted];
    this.#walk(question.arguments, "", null, 0);
    const provenance = this.#facts;
    if (this.#isCut) provenance.push(unread);
    this.#question = null;
    return { provenance, secrets: this.#secrets, copied: this.#copies };
  }

  #walk(value: JsonValue, pointer: string, above: Role | null, depth: number): void {
    if (value === null || typeof value === "boolean" || this.#isCut) return;
    this.#nodes += 1;
    if (this.#nodes > mostNodes || depth > deepest) return this.#cut();
    const role = above ?? this.#roleAt(pointer);
    if (typeof value === "string") return this.#string(value, pointer, role);
    if (typeof value === "number") return this.#number(String(value), pointer, role);
    if (isExactNumber(value)) return this.#number(JSON.stringify(value), pointer, role);
    if (Array.isArray(value)) {
      for (const [at, one] of (value as readonly JsonValue[]).entries())
        this.#walk(one, `${pointer}/${at}`, role, depth + 1);
      return;
    }
    for (const [key, one] of Object.entries(value as JsonObject)) {
      const inner = `${pointer}/${escapedStep(key)}`;
      // A map may be used as a set.
      if (role !== null && (one === null || typeof one === "boolean")) this.#part(key, pointer, role);
      else this.#key(key, inner, role);
      this.#walk(one, inner, role, depth + 1);
    }
  }

  #cut(): void {
    this.#isCut = true;
  }

  #roleAt(pointer: string): Role | null {
    const { destination, target } = this.#current.catalog;
    if (destination.includes(pointer)) return "destination";
    return target.includes(pointer) ? "target" : null;
  }

  get #current(): Traced {
    if (this.#question === null) throw new Error("no call is being traced");
    return this.#question;
  }

  /** A map may have addresses as its keys. Elsewhere a dot in a key is that of a field's name more often than that of a host. */
  #key(key: string, pointer: string, role: Role | null): void {
    if (key.length > longestText) return this.#cut();
    if (!/[@./\d]/.test(key)) return;
    this.#words.read(key);
    for (const address of addressesIn(this.#words))
      if (role !== null || !isFieldName(this.#words.text, address)) this.#address(address, pointer, role ?? "address");
  }

  #number(text: string, pointer: string, role: Role | null): void {
    this.#words.read(text);
    const addresses = addressesIn(this.#words);
    this.#findSecrets(text, addresses, pointer);
    const account = role === null ? null : wholeAddress(this.#words, addresses);
    if (account !== null && this.#matching.value(this.#current, text, "number").seen === "never")
      return this.#address(account, pointer, role ?? "value");
    this.#value(text, pointer, role ?? "value", "number");
  }

  #string(text: string, pointer: string, role: Role | null): void {
    if (text.trim() === "") return;
    this.#units += text.length;
    if (text.length > longestText || this.#units > mostUnits) this.#cut();
    if (this.#units > mostUnits + longestText) return;
    this.#words.read(text);
    if (this.#words.isCut) this.#cut();
    const longestWord = this.#words.longest;
    const isEncoded = this.#words.isCut || mayBeEncoded(this.#words);
    const addresses = addressesIn(this.#words);
    this.#kept.keep(text, this.#words);
    this.#findSecrets(text, addresses, pointer);
    if (this.#copied.isCopied(this.#current)) this.#copies.push(pointer);
    const whole = wholeAddress(this.#words, addresses);
    if (whole !== null) this.#address(whole, pointer, role ?? "address");
    else if (role !== null) this.#several(text, addresses.length > 0, pointer, role);
    else this.#free(text, addresses, pointer);
    if (!isEncoded) return;
    for (const decoded of this.#decode(text.slice(0, longestText), longestWord))
      this.#decoded(decoded, pointer, role, mostLayers - 1);
  }

  #decode(text: string, longestWord: number): readonly string[] {
    const { texts, isCut } = decodedTexts(text, longestWord);
    if (isCut) this.#cut();
    return texts;
  }

  /** A destination or target: one value as a whole when it is known, else each that it holds. */
  #several(text: string, hasAddresses: boolean, pointer: string, role: Role): void {
    const parts = splitValues(text);
    const [first] = parts;
    if (parts.length === 1 && first !== undefined && !hasAddresses) return this.#alone(text, pointer, role);
    if (!hasAddresses && this.#matchOf(text).seen !== "never") return this.#whole(text, pointer, role);
    for (const part of parts) this.#part(part, pointer, role);
  }

  /** An address with whatever stands around it; a display name before `<a@x>` says nothing. */
  #part(text: string, pointer: string, role: Role): void {
    this.#words.read(text);
    const addresses = addressesIn(this.#words);
    const whole = wholeAddress(this.#words, addresses) ?? namedAddress(text, addresses);
    if (whole !== null) return this.#address(whole, pointer, role);
    // Who let a command look at a place did not let another one write there.
    for (const address of addresses) this.#address(address, pointer, within(role), role !== "value");
    this.#whole(text, pointer, role);
  }

  /** Any other argument: the addresses in it, and the value itself, or the values of a list of short ones; of a text its lines. */
  #free(text: string, addresses: readonly Address[], pointer: string): void {
    const kind = kindOf(text, this.#words.count);
    const whole = this.#matching.value(this.#current, text, kind);
    const parts = whole.seen === "never" ? listedIn(text, kind === "text") : [];
    for (const address of addresses) this.#address(address, pointer, "address");
    for (const part of parts) this.#partOfList(part, pointer);
    if (parts.length > 0) return;
    const isWritten = whole.seen === "never" && kind === "text";
    const match = isWritten ? (untrustedLine(this.#current, text, this.#words, this.#matching) ?? whole) : whole;
    this.#add({ pointer, role: "value", kind: this.#plain(text, kind), inside: false, host: null }, match);
  }

  #partOfList(text: string, pointer: string): void {
    this.#words.read(text);
    if (wholeAddress(this.#words, addressesIn(this.#words)) === null) this.#whole(text, pointer, "value");
  }

  /** What an argument says in another encoding. */
  #decoded(text: string, pointer: string, role: Role | null, layers: number): void {
    const read = text.slice(0, longestText);
    this.#words.read(read);
    const longestWord = this.#words.longest;
    const addresses = addressesIn(this.#words);
    this.#findSecrets(read, addresses, pointer);
    for (const address of addresses) this.#address(address, pointer, within(role), isPlace(role));
    if (layers === 0) return;
    for (const decoded of this.#decode(read, longestWord)) this.#decoded(decoded, pointer, role, layers - 1);
  }

  /** A destination or target that is not one of several. */
  #alone(text: string, pointer: string, role: Role): void {
    this.#words.read(text);
    const kind = kindOf(text, this.#words.count);
    this.#value(text, pointer, role, role === "target" ? wordOr(text, kind) : kind);
  }

  #whole(text: string, pointer: string, role: Role): void {
    this.#words.read(text);
    this.#value(text, pointer, role, kindOf(text, this.#words.count));
  }

  #matchOf(text: string): Match {
    this.#words.read(text);
    return this.#matching.value(this.#current, text, kindOf(text, this.#words.count));
  }

  #value(text: string, pointer: string, role: Role, kind: ProvenanceFact["kind"]): void {
    const shown = role === "value" ? this.#plain(text, kind) : kind;
    const match = this.#matching.value(this.#current, text, kind);
    this.#add({ pointer, role, kind: shown, inside: false, host: null }, match);
  }

  /** A state, a tag, a unit, or one of something: what the call acts on is said by its targets. */
  #plain(text: string, kind: ProvenanceFact["kind"]): ProvenanceFact["kind"] {
    if (this.#current.catalog.target.length === 0) return kind;
    return kind === "number" && text.trim() === "1" ? "word" : wordOr(text, kind);
  }

  #address(address: Address, pointer: string, role: Role, isSentTo = isPlace(role)): void {
    const { host } = address;
    const isPhone = role !== "destination" && isWrittenAsPhone(this.#words.text, address);
    const kind = isPhone ? "phone" : address.kind;
    const match = this.#matching.address(this.#current, address, isSentTo);
    const inside = host !== null && isBelow(host, this.#current.site.inside);
    const ofHost = kind === "url" && host !== null ? this.#matching.host(this.#current, host) : null;
    this.#add({ pointer, role, kind, inside, host: ofHost }, match);
  }

  /** In a memory that has forgotten, what was never met may have been met in what is gone. */
  #seenOf({ seen }: Match, kind: ProvenanceFact["kind"]): ProvenanceFact["seen"] {
    const isDoubtful = seen === "never" && kind !== "text" && this.#current.memory.forgotten;
    return isDoubtful ? "untrusted" : seen;
  }

  #add(about: Pick<ProvenanceFact, "pointer" | "role" | "kind" | "inside" | "host">, match: Match): void {
    if (this.#facts.length >= mostValues) return this.#cut();
    const { memory, now, goesTo } = this.#current;
    const [seen, back] = [this.#seenOf(match, about.kind), goesTo(memory.thingOf(match.event))];
    const { identified, event } = match;
    this.#facts.push({ ...about, seen, identified, back, ...memory.events.said(event, now) });
  }

  /** Of the text whose words were read. */
  #findSecrets(text: string, addresses: readonly Address[], pointer: string): void {
    const { memory } = this.#current;
    if (!memory.hasSecrets && !memory.forgotten) return;
    const unknown: string[] = [];
    const look = (start: number, end: number): void => {
      if (this.#isUnknown(pointer) && memory.forgotten) unknown.push(this.#words.text.slice(start, end));
    };
    codesIn(this.#words, this.#digester, look);
    for (const { kind, normal, start, end } of addresses) {
      if (kind !== "account") continue;
      this.#digester.code(normal, 0, normal.length);
      look(start, end);
    }
    if (unknown.length === 0) return;
    // A private result that is forgotten may have had what the session has met nowhere else.
    if (unknown.some((code) => this.#matchOf(code).seen === "never"))
      this.#addSecret({ pointer, server: null, identified: false, led: false });
    this.#words.read(text);
  }

  /** Whether the code of which the digester has made the digest is neither a secret nor allowed; notes the secret. */
  #isUnknown(pointer: string): boolean {
    const { hi, lo } = this.#digester;
    if (this.#matching.isAllowed(this.#current, hi, lo)) return false;
    const secret = secretAt(this.#current.memory, hi, lo, pointer);
    if (secret !== null) this.#addSecret(secret);
    return secret === null;
  }

  #addSecret(secret: SecretFact): void {
    if (this.#secrets.length >= mostValues || this.#secrets.some((one) => isDeepStrictEqual(one, secret))) return;
    this.#secrets.push(secret);
  }
}
