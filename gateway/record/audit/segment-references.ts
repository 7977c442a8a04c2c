import { objectIn } from "../../lib/json.ts";
import { digestOfMembers, likeIn, likeOfShared, sharedIn } from "../decision/shared-record.ts";
import { elementsIn } from "../decision/member-texts.ts";
import { type OwnForm, OwnForms } from "../decision/own-values.ts";
import { hasMisplaced } from "../decision/referring-line.ts";
import type { Block } from "../tree/blocks.ts";
import type { AuditProblems } from "./audit-report.ts";

const LIST_BEGIN = 0x5b;
const LIST_END = 0x5d;

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

  /** A line of a decision or an outcome that names what it is like. */
  record(id: string, block: Block, start: number, end: number): void {
    const close = block.indexOf(LIST_END, start);
    const to = close === -1 ? end : Math.min(end, close);
    const list = block.toString("latin1", block.indexOf(LIST_BEGIN, start), to);
    const known = this.#lists.get(list);
    const form =
      known === undefined ? this.#listed(id, list, block.toString("latin1", start, Math.min(end, to + 1))) : known;
    if (form !== undefined && !isFit(form, block, to + 1, end)) this.#unfit(id);
  }

  /** A line of a decision or an outcome that names nothing that it is like. */
  alone(id: string, block: Block, start: number, end: number): void {
    if (isMisplaced(block, start, end, "")) this.#unfit(id);
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
    this.#lists.set(list, form);
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
function isFit(form: OwnForm | null, block: Block, from: number, end: number): boolean {
  const hasOwn = block.toString("latin1", from, Math.min(end, from + OWN.length)) === OWN;
  if (form === null) return !hasOwn && isEnd(block, from, end) && !isMisplaced(block, from + 1, end, "{");
  if (!hasOwn) return false;
  const list = from + OWN.length - 1;
  const { elements, end: length } = elementsIn(block.toString("latin1", list, end), 0);
  return form.fits(elements) && isApart(form, block.toString("utf8", list + length, end));
}

/** Whether other members stand there, or the end of the line. */
function isEnd(block: Block, from: number, end: number): boolean {
  const rest = block.toString("latin1", from, Math.min(end, from + 2));
  return rest === ',"' || rest === "}";
}

/** `rest`: of the line, behind its values. */
function isApart(form: OwnForm, rest: string): boolean {
  if (rest === "}") return true;
  const members = rest.startsWith(',"') ? objectIn(`{${rest.slice(1)}`) : null;
  return members !== null && Object.keys(members).every((name) => form.allows(JSON.stringify(name)));
}

/** As `mayBeMisplaced`, without a string for each line. */
const misplaced = ['"own"', '"like"', "\\u"].map((text) => Buffer.from(text));

/** Whether values, or what the record is like, are where nobody looks for them. */
function isMisplaced(block: Block, start: number, end: number, before: string): boolean {
  const bytes = block.subarray(start, end);
  if (!misplaced.some((text) => bytes.includes(text))) return false;
  return hasMisplaced(objectIn(before + block.toString("utf8", start, end)) ?? {});
}
