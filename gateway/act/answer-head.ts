/** RFC 9110 §7.6.1: meant for one connection only, never passed on. */
const perConnection: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const none: ReadonlySet<string> = new Set();

/** Status and headers of a tool server's answer, the latter read once from undici's raw list. */
export class AnswerHead {
  readonly status: number;
  /** Content-Type in lower case, empty when absent. */
  readonly type: string;
  readonly isEventStream: boolean;
  /** As sent; the three lists go together. */
  readonly #names: string[] = [];
  readonly #lower: string[] = [];
  readonly #values: string[] = [];

  constructor(status: number, raw: readonly Buffer[]) {
    this.status = status;
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = (raw[at] as Buffer).toString("latin1");
      this.#names.push(name);
      this.#lower.push(name.toLowerCase());
      this.#values.push((raw[at + 1] as Buffer).toString("latin1"));
    }
    this.type = this.header("content-type")?.toLowerCase() ?? "";
    this.isEventStream = this.type.startsWith("text/event-stream");
  }

  /** All values of a header in one line, its name given in lower case; null when absent. */
  header(name: string): string | null {
    let found: string | null = null;
    for (let at = this.#lower.indexOf(name); at !== -1; at = this.#lower.indexOf(name, at + 1)) {
      const value = this.#values[at] as string;
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  /**
   * The gateway's own headers and what may be passed on, as a flat list for `writeHead`: nothing that is per connection, that the
   * tool server's Connection names, that the gateway alone may say, or that is to be dropped.
   */
  passedOn(own: readonly string[], drop: ReadonlySet<string> = none): string[] {
    const named = this.#connectionNames();
    const headers = [...own];
    for (let at = 0; at < this.#lower.length; at += 1) {
      const name = this.#lower[at] as string;
      if (perConnection.has(name) || named.has(name) || drop.has(name) || name.startsWith("sallyport-")) continue;
      headers.push(this.#names[at] as string, this.#values[at] as string);
    }
    return headers;
  }

  #connectionNames(): ReadonlySet<string> {
    const value = this.header("connection")?.toLowerCase() ?? "";
    // Nearly every tool server says one of these, or nothing.
    if (value === "" || value === "keep-alive" || value === "close") return none;
    return new Set(value.split(",").map((word) => word.trim()));
  }
}
