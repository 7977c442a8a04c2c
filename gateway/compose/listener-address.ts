/** Where agents reach the gateway. With port 0 and no `public_url` that is known once the listener is bound. */
export class ListenerAddress {
  #url: string | null;

  constructor(publicUrl: string | null) {
    this.#url = publicUrl;
  }

  /** scheme://host[:port]; null while it is not known. */
  get url(): string | null {
    return this.#url;
  }

  /** What was bound; a `public_url` of the configuration stays. */
  bound(url: string): void {
    this.#url ??= url;
  }
}
