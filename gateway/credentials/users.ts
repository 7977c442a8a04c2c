import { noAccess, type Revocable } from "../domain/revocation.ts";

/** Users that one credential remembers. */
const mostUsers = 200;

/** By what access the calls were made that used one credential: it ends with any of them. */
export class Users {
  readonly #known = new Map<string, Revocable>();

  /**
   * A caller's tokens are remembered beside what it calls and in which sessions, so that they are a sum and no product.
   * @returns whether all were taken up; else another credential is needed, since none of them may be forgotten
   */
  add({ token = null, ...user }: Revocable): boolean {
    const isKnown = this.#add(JSON.stringify(user), user);
    if (token === null) return isKnown;
    return this.#add(`token ${token.digest}`, { ...noAccess, issuer: user.issuer, token }) && isKnown;
  }

  some(matches: (what: Revocable) => boolean): boolean {
    return [...this.#known.values()].some(matches);
  }

  #add(key: string, user: Revocable): boolean {
    if (this.#known.has(key)) return true;
    if (this.#known.size >= mostUsers) return false;
    this.#known.set(key, user);
    return true;
  }
}
