/** The answer to an agent's call of plain HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly decisionId: string | null;
  readonly ms: number;
}

export interface HttpCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An agent that has only a token: it knows neither the tool server's address nor its key. */
export class HttpAgent {
  readonly #origin: string;
  readonly #token: string;

  constructor(origin: string, token: string) {
    this.#origin = origin;
    this.#token = token;
  }

  async call({ method, path, json, headers }: HttpCall): Promise<HttpAnswer> {
    const started = performance.now();
    const response = await fetch(this.#origin + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
      decisionId: response.headers.get("sallyport-decision"),
      ms: Math.round(performance.now() - started),
    };
  }

  /** Polls the status of a held call, as Retry-After says, until people have decided. @throws Error after `ms` */
  async settled(location: string, ms: number): Promise<string> {
    const until = performance.now() + ms;
    for (;;) {
      const { body, headers } = await this.call({ method: "GET", path: location });
      const status = String(body["status"]);
      if (status !== "pending") return status;
      if (performance.now() > until) throw new Error(`${location} is still pending after ${ms} ms`);
      const pause = Math.min(Number(headers.get("retry-after") ?? 1) * 1000, 1000);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
