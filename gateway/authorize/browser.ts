import type { Ids } from "../domain/ports.ts";
import type { OwnRequest } from "../domain/route.ts";
import { type CookieKind, cookieKinds, cookieLines, readCookies } from "../sign-in/cookies.ts";
import { interactionMs } from "./interactions.ts";

const secretForm = /^[A-Za-z0-9_-]{40,100}$/;

/** The secret that ties what a browser begins to that browser. It is no session: nobody is signed in by it. */
export class Browsers {
  readonly #kinds: readonly CookieKind[];
  readonly #ids: Ids;

  constructor(issuer: string, ids: Ids) {
    const { protocol, port } = new URL(issuer);
    this.#kinds = cookieKinds({ secure: protocol === "https:", port }, "sallyport-oauth");
    this.#ids = ids;
  }

  /** Null for a browser that has begun nothing here lately. */
  secretOf(request: Pick<OwnRequest, "header">): string | null {
    const [secret] = readCookies(request.header("cookie") ?? undefined, this.#kinds);
    return secret !== undefined && secretForm.test(secret) ? secret : null;
  }

  /** The one that it has, so that several tabs can be open, or a fresh one. */
  secretFor(request: Pick<OwnRequest, "header">): string {
    return this.secretOf(request) ?? this.#ids.make("n") + this.#ids.make("n");
  }

  /** Lax, since a provider sends people back from another site. */
  cookies(secret: string): readonly string[] {
    const maxAgeSeconds = interactionMs / 1_000;
    return cookieLines(this.#kinds, { value: secret, maxAgeSeconds, sameSite: "Lax" });
  }
}
