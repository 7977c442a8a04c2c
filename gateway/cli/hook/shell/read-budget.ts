/**
 * How much is read of one command line. Code in code is read again for each place at which a command may begin, so what a short line costs
 * could grow until the client no longer waits for the hook.
 */
export class ReadBudget {
  #texts = 0;
  #characters = 0;
  #isSpent = false;

  /** Words that were read as command lines. */
  get texts(): number {
    return this.#texts;
  }

  get characters(): number {
    return this.#characters;
  }

  /** Something was left unread, so where the line sends is not known. */
  get isSpent(): boolean {
    return this.#isSpent;
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

  /** What follows is left unread. */
  end(): void {
    this.#isSpent = true;
  }
}

/** Far more than any command has that somebody means, and read in less than a second. */
export const mostTexts = 2_000;
export const mostCharacters = 4_000_000;
