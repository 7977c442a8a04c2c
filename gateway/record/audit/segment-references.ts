import { objectIn } from "../../lib/json.ts";
import { digestOfMembers, likeIn, likeOfShared, sharedIn } from "../decision/shared-record.ts";
import { elementsIn } from "../decision/member-texts.ts";
import { type OwnForm, OwnForms } from "../decision/own-values.ts";
import { hasMisplaced, mayBeMisplaced } from "../decision/referring-line.ts";
import type { AuditProblems } from "./audit-report.ts";

/** What records of one segment refer to, which stands before them in it. */
export class SegmentReferences {
  readonly #file: string;
  readonly #problems: AuditProblems;
  /** Digests of the shared members that the segment has so far. */
  readonly #shared = new Set<string>();
  readonly #forms = new OwnForms();
  /** Lists of digests all of which it has, and where the values belong: most records have one of a few. */
  readonly #lists = new Map<string, OwnForm | null>();

  constructor(file: string, problems: AuditProblems) {
    this.#file = file;
    this.#problems = problems;
  }

  /** A line of shared members. */
  share(line: string, seq: number): void {
    const shared = sharedIn(line);
    if (shared === null || digestOfMembers(shared.members) !== shared.digest)
      return this.#tell(this.#file, `the shared members of record ${seq} are not what their digest says`);
    const references = likeOfShared(shared.members);
    this.#refer(`record ${seq}`, references);
    this.#shared.add(shared.digest);
    const problem = this.#forms.note(shared);
    if (problem !== null) this.#tell(this.#file, `the shared members of record ${seq} ${problem}`);
  }

  /** A line of a decision or an outcome that names what it is like. Each character of the text stands for a byte. */
  record(id: string, line: string): void {
    const close = line.indexOf("]");
    const to = close === -1 ? line.length : close;
    const list = line.slice(line.indexOf("["), to);
    const known = this.#lists.get(list);
    const form = known === undefined ? this.#listed(id, list, line.slice(0, to + 1)) : known;
    if (form !== undefined && !isFit(form, line, to + 1)) this.#unfit(id);
  }

  /** A line of a decision or an outcome that names nothing that it is like. */
  alone(id: string, line: string): void {
    if (isMisplaced(line)) this.#unfit(id);
  }

  #unfit(id: string): void {
    this.#tell(id, `has values that do not fit what it refers to, in ${this.#file}`);
  }

  /** `begin`: of the line, up to the end of the list. @returns undefined when something is missing of what it names */
  #listed(id: string, list: string, begin: string): OwnForm | null | undefined {
    const references = likeIn(begin);
    if (references.length === 0) return void this.#unfit(id);
    if (!this.#refer(id, references)) return undefined;
    const form = this.#forms.of(references);
    if (form === "several") return void this.#tell(id, `refers to names twice, in ${this.#file}`);
    // Part of a line would keep all of it in memory.
    this.#lists.set(Buffer.from(list, "latin1").toString("latin1"), form);
    return form;
  }

  #refer(who: string, references: readonly string[]): boolean {
    const missing = references.filter((digest) => !this.#shared.has(digest));
    for (const digest of missing)
      this.#tell(who, `refers to the shared members ${digest}, which are not before it in ${this.#file}`);
    return missing.length === 0;
  }

  #tell(place: string, detail: string): void {
    this.#problems.add("reference", place, detail);
  }
}

const OWN = ',"own":[';

/** `from`: behind the list of what the record is like. */
function isFit(form: OwnForm | null, line: string, from: number): boolean {
  const hasOwn = line.startsWith(OWN, from);
  if (form === null) return !hasOwn && isEnd(line, from) && !isMisplaced(`{${line.slice(from + 1)}`);
  if (!hasOwn) return false;
  const { elements, end } = elementsIn(line, from + OWN.length - 1);
  return form.fits(elements) && isApart(form, line, end);
}

/** Whether other members stand there, or the end of the line. */
function isEnd(line: string, from: number): boolean {
  return line.startsWith(',"', from) || line.slice(from) === "}";
}

/** `from`: behind the values. */
function isApart(form: OwnForm, line: string, from: number): boolean {
  if (from === line.length - 1 && line.endsWith("}")) return true;
  const members = line.startsWith(',"', from) ? objectIn(`{${utf8(line.slice(from + 1))}`) : null;
  return members !== null && Object.keys(members).every((name) => form.allows(JSON.stringify(name)));
}

/** Whether values, or what the record is like, are where nobody looks for them. */
function isMisplaced(text: string): boolean {
  return mayBeMisplaced(text) && hasMisplaced(objectIn(utf8(text)) ?? {});
}

const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
