import { internJson } from "../lib/json.ts";

/** Label of a session that has read something untrusted. */
export const untrustedLabel = "read:untrusted";

/** Label of a session whose memory has dropped or lost something. It says nothing about what was read. */
export const forgottenLabel = "provenance:forgotten";

/** How a value of the arguments was met before, the strongest first. people: one of the site's own people has written it. */
export const seenBefore = [
  "task",
  "self",
  "approved",
  "created",
  "inside",
  "people",
  "trusted",
  "untrusted",
  "private",
  "never",
] as const;

export type Seen = (typeof seenBefore)[number];

/** Where one value of the arguments comes from. Several values in one string share its pointer. */
export interface ProvenanceFact {
  /** JSON pointer (RFC 6901) in `context.arguments`. */
  readonly pointer: string;
  /** By the catalog's pointers; address: an address anywhere else; value: every other argument value. */
  readonly role: "destination" | "target" | "address" | "value";
  /**
   * phone: an account number that is written as a telephone's, and no destination; word: one word of letters alone, or the number
   * one, of a call whose tool has targets, and none of them.
   */
  readonly kind: "email" | "url" | "account" | "phone" | "number" | "date" | "path" | "word" | "name" | "text";
  readonly seen: Seen;
  /** Its host or mail domain is one of the site's own, whatever `seen` says. */
  readonly inside: boolean;
  /** Of a URL: how its host alone was met; null for anything else. */
  readonly host: Seen | null;
  /** The task identifies what it came in: a record that has one of its addresses, or that was asked for by a code of it. */
  readonly identified: boolean;
  /** It was met in the thing that the call goes to, and the call goes nowhere else: an answer in a ticket, a change of a page. */
  readonly back: boolean;
  /** server/tool in whose result or call it was met last; null when nothing of the session has it. */
  readonly tool: string | null;
  /** Seconds since then. */
  readonly ago: number | null;
}

/** What the session's memory knows about the values of one call. */
export interface TracedValues {
  readonly provenance: readonly ProvenanceFact[];
  /** Values that are secrets of a private result, and neither the task's nor approved. */
  readonly secrets: readonly SecretFact[];
  /** JSON pointers of texts with six or more consecutive words that stand only in untrusted results. */
  readonly copied: readonly string[];
  /** Whether a call that this one completes was let through in the session; null when it completes none. */
  readonly completes: boolean | null;
  /** Whether the task's text has one of the words by which people ask for this tool; null when the catalog names none. */
  readonly asked: boolean | null;
}

/** Calls of the same tool that were made, and answered, before in the session. */
export interface MadeBefore {
  /** One had the same arguments. */
  readonly same: boolean;
  /** How many went to the same place, by all destinations and targets of the catalog, at most 8; 0 of a call that has none. */
  readonly there: number;
}

export interface SecretFact {
  readonly pointer: string;
  /** Of the result; null of a code that was met nowhere, in a session that has forgotten what it was told. */
  readonly server: string | null;
  /** As of a value. */
  readonly identified: boolean;
  /** Only untrusted text has named what was read there. */
  readonly led: boolean;
}

/** The same as facts: looked for at their first use, since most rules look at other things first. */
export interface ProvenanceFacts extends TracedValues {
  readonly before: MadeBefore;
  /** Whether somebody has looked at one of the values, and at `before`. */
  readonly isRead: boolean;
  readonly isBeforeRead: boolean;
}

/** What the policy input has of them where nobody has looked. */
export const untraced = internJson({
  provenance: [],
  secrets: [],
  copied: [],
  completes: null,
  before: { same: false, there: 0 },
  asked: null,
} satisfies Omit<ProvenanceFacts, "isRead" | "isBeforeRead">);

/** The facts for a policy that reads none of them. */
export const noProvenance: ProvenanceFacts = internJson({ ...untraced, isRead: false, isBeforeRead: false });

/** Values that are traced when the first of them is asked for. `before` costs little by itself, and is asked of more calls. */
export abstract class ProvenanceOnDemand implements ProvenanceFacts {
  #traced: TracedValues | null = null;
  #before: MadeBefore | null = null;

  protected abstract trace(): TracedValues;
  protected abstract madeBefore(): MadeBefore;

  get isRead(): boolean {
    return this.#traced !== null;
  }

  get isBeforeRead(): boolean {
    return this.#before !== null;
  }

  get provenance(): TracedValues["provenance"] {
    return this.#values.provenance;
  }

  get secrets(): TracedValues["secrets"] {
    return this.#values.secrets;
  }

  get copied(): TracedValues["copied"] {
    return this.#values.copied;
  }

  get completes(): TracedValues["completes"] {
    return this.#values.completes;
  }

  get before(): MadeBefore {
    return (this.#before ??= this.madeBefore());
  }

  get asked(): TracedValues["asked"] {
    return this.#values.asked;
  }

  get #values(): TracedValues {
    return (this.#traced ??= this.trace());
  }
}
