/** What the people outside were told about one call; whatever it was must be true after every crash. */
export interface Known {
  readonly item: string;
  /** Told to the caller with the 202. */
  id: string | null;
  /** Told to the approver. */
  approved: boolean;
  /** The caller has the tool server's answer, or was told that its call was executed and the answer is withheld. */
  answered: boolean;
  /** Carried out, or under way, for a caller that had left: to ask again is another question. */
  lost: boolean;
}

/** All calls of one lane. */
export class Ledger {
  readonly #prefix: string;
  #made = 0;
  /** To go on with: held or approved as far as anybody was told, or broken off. */
  #open: Known[] = [];
  readonly #finished: string[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get made(): number {
    return this.#made;
  }

  /** Items that were carried out and whose answer or ending is known. */
  get finished(): readonly string[] {
    return this.#finished;
  }

  get open(): readonly Known[] {
    return this.#open;
  }

  /** What was broken off comes first. */
  next(): Known {
    return this.#open.shift() ?? this.#new();
  }

  keep(known: Known): void {
    this.#open.push(known);
  }

  finish({ item }: Known): void {
    this.#finished.push(item);
  }

  /** Nothing more is to be expected of them. */
  drop(ended: readonly Known[]): void {
    this.#open = this.#open.filter((known) => !ended.includes(known));
  }

  #new(): Known {
    return { item: `${this.#prefix}-${this.#made++}`, id: null, approved: false, answered: false, lost: false };
  }
}
