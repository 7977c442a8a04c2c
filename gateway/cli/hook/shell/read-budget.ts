/**
 * How much is read of one command line. Code in code is read again for each place at which a command may begin, so what a short line costs
 * could grow until the client no longer waits for the hook.
 */
export class ReadBudget {
  #texts = 0;
  #characters = 0;
  #readAgain = 0;
  #isSpent = false;
  #isPartial = false;

  /** Words that were read as command lines. */
  get texts(): number {
    return this.#texts;
  }

  /** Looked at, those of commands that were read already included. */
  get characters(): number {
    return this.#characters + this.#readAgain;
  }

  /** Nothing more is read. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Something was left unread, so where the line sends is not known. */
  get isPartial(): boolean {
    return this.#isSpent || this.#isPartial;
  }

  /** Before a word of the line is read as a command line of its own. False: it is not read. */
  takeText(): boolean {
    if (this.#texts >= mostTexts) this.#isSpent = true;
    if (!this.#isSpent) this.#texts += 1;
    return !this.#isSpent;
  }

  /** Before so many characters are looked at. False: they are not. */
  take(characters: number): boolean {
    if (this.#characters + characters > mostCharacters) this.#isSpent = true;
    if (!this.#isSpent) this.#characters += characters;
    return !this.#isSpent;
  }

  /** The same for a command that was read before: where it sends is said although the rest of the line is left unread. */
  takeRead(characters: number): boolean {
    if (this.take(characters)) return true;
    if (this.#readAgain + characters > mostReadAgain) return false;
    this.#readAgain += characters;
    return true;
  }

  /** A part is left unread, and the rest is read. */
  leaveUnread(): void {
    this.#isPartial = true;
  }
}

/** Far more than any command has that somebody means, and read in a quarter of a second. */
export const mostTexts = 2_000;
export const mostCharacters = 2_500_000;
export const mostReadAgain = 500_000;
/** What each text within the line costs beside its length. */
export const perText = 50;
