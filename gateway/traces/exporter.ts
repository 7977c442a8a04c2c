import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Finding, Logger } from "../domain/ports.ts";
import type { HttpTarget } from "../domain/shipping.ts";
import { assertTaken, networkFailure } from "../net/post-json.ts";
import { poster, type ReceiverDeps, rejectedIn, zipped } from "../ship/destinations/receiver.ts";

type Spans = Parameters<SpanExporter["export"]>[0];
type Done = Parameters<SpanExporter["export"]>[1];

interface ExporterDeps extends ReceiverDeps {
  readonly logger: Logger;
}

/** Failures are logged as often at most. */
const loggedEveryMs = 60_000;

/** Sends spans as OTLP/HTTP in JSON. What a receiver does not take is lost: a trace is no evidence, and no call waits for it. */
export class OtlpSpanExporter implements SpanExporter {
  readonly #deps: ExporterDeps;
  readonly #post: ReturnType<typeof poster>;
  readonly #sending = new Set<Promise<void>>();
  #problem: string | null = null;
  #loggedAt = Number.NEGATIVE_INFINITY;
  /** Not told yet. */
  #lost = 0;

  constructor(receiver: HttpTarget, deps: ExporterDeps) {
    this.#deps = deps;
    this.#post = poster(receiver, deps);
  }

  export(spans: Spans, done: Done): void {
    const sending = this.#send(spans).then(
      (rejected) => {
        this.#problem = null;
        if (rejected > 0) this.#failed(`${rejected} of ${spans.length} were rejected`, rejected);
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

  /** @returns how many the receiver rejects of what it takes */
  async #send(spans: Spans): Promise<number> {
    const { clock, timeoutMs } = this.#deps;
    const body = await zipped(JsonTraceSerializer.serializeRequest(spans) ?? "");
    const reply = await this.#post(body, AbortSignal.timeout(timeoutMs));
    // Not what it answers: findings are told to whoever asks.
    assertTaken(reply.status, "", reply.retryAfter, clock.now());
    return rejectedIn(reply, "rejectedSpans");
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
