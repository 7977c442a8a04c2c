import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Clock, Finding, Logger } from "../domain/ports.ts";
import type { TraceReceiver } from "../domain/traces.ts";
import { checkedFetch } from "../net/checked-fetch.ts";
import { assertTaken, networkFailure } from "../net/post-json.ts";

type Spans = Parameters<SpanExporter["export"]>[0];
type Done = Parameters<SpanExporter["export"]>[1];

interface ExporterDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The secret behind a reference, read for each request, so that a rotated one counts. @throws Error that names the reference */
  readonly secret: (reference: string) => string;
}

const answerBytes = 65_536;
/** Failures are logged as often at most. */
const loggedEveryMs = 60_000;

/** Sends spans as OTLP/HTTP in JSON. What a receiver does not take is lost: a trace is no evidence, and no call waits for it. */
export class OtlpSpanExporter implements SpanExporter {
  readonly #receiver: TraceReceiver;
  readonly #deps: ExporterDeps;
  readonly #fetch: ReturnType<typeof checkedFetch>;
  readonly #sending = new Set<Promise<void>>();
  #problem: string | null = null;
  #loggedAt = Number.NEGATIVE_INFINITY;
  /** Not told yet. */
  #lost = 0;

  constructor(receiver: TraceReceiver, deps: ExporterDeps) {
    const { addresses, tls, timeoutMs } = receiver;
    this.#receiver = receiver;
    this.#deps = deps;
    this.#fetch = checkedFetch({
      ...{ addresses, caFile: tls.caFile, client: tls.client, timeoutMs, maxBytes: answerBytes },
    });
  }

  export(spans: Spans, done: Done): void {
    const sending = this.#send(spans).then(
      () => {
        this.#problem = null;
        done({ code: 0 });
      },
      (thrown: unknown) => {
        const error = networkFailure(thrown);
        this.#failed(error.message, spans.length);
        done({ code: 1, error });
      },
    );
    this.#sending.add(sending);
    void sending.finally(() => this.#sending.delete(sending));
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#sending);
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  findings(): Finding[] {
    if (this.#problem === null) return [];
    const fix = "look at the receiver of traces.url; calls, records and metrics go on without it";
    return [{ name: "traces", severity: "degraded", problem: `spans are not taken: ${this.#problem}`, fix }];
  }

  async #send(spans: Spans): Promise<void> {
    const { url, token } = this.#receiver;
    const { secret, clock } = this.#deps;
    const headers = {
      "content-type": "application/json",
      ...(token !== null && { authorization: `${token.scheme} ${secret(token.reference)}` }),
    };
    const body = Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? []);
    const answer = await this.#fetch(url, { method: "POST", headers, body });
    // Its text may repeat what was sent, the token with it.
    await answer.body?.cancel();
    assertTaken(answer.status, "", answer.headers.get("retry-after"), clock.now());
  }

  #failed(problem: string, lost: number): void {
    this.#problem = problem;
    this.#lost += lost;
    const now = this.#deps.clock.monotonic();
    if (now - this.#loggedAt < loggedEveryMs) return;
    this.#loggedAt = now;
    this.#deps.logger.warn("spans were lost: their receiver did not take them", { error: problem, spans: this.#lost });
    this.#lost = 0;
  }
}
