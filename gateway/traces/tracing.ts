import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { Clock, Finding, Logger } from "../domain/ports.ts";
import type { TraceSettings } from "../domain/shipping.ts";
import { firstHeader, readTrace, spanIdOf, type Trace } from "../lib/request-headers.ts";
import { callAttributes, decisionAttributes, outcomeAttributes, spanName } from "./attributes.ts";
import { OtlpSpanExporter } from "./exporter.ts";

/** What resources of spans say of this gateway. */
export interface Sender {
  readonly instance: string;
  readonly environment: string;
  readonly version: string;
}

interface TracingDeps {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (reference: string) => string;
}

/** Spans that wait for the receiver; more are dropped. */
const mostWaiting = 8_192;
const sentTogether = 512;
const sentEveryMs = 1_000;
/** What a receiver does not take by then is lost. */
const lastMs = 2_000;
/** Milliseconds between the two clocks: the time of day has no fractions. */
const mostDrift = 2;

/** The spans of calls. Each call has one, and below it one for each step of the request path. */
export class Tracing {
  readonly #ids = new SetIds();
  readonly #clock: Clock;
  /** From monotonic milliseconds to the time of day. */
  #offset = Number.NaN;
  readonly #exporter: OtlpSpanExporter;
  readonly #provider: TracerProvider;
  readonly #tracer;

  constructor(settings: TraceSettings, { sender, clock, logger, secret }: TracingDeps) {
    this.#clock = clock;
    this.#exporter = new OtlpSpanExporter(settings, { clock, logger, secret, timeoutMs: settings.timeoutMs });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        "service.name": "sallyport",
        "service.version": sender.version,
        "service.instance.id": sender.instance,
        "deployment.environment.name": sender.environment,
      }),
      sampler: samplerOf(settings),
      idGenerator: this.#ids,
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: this.#exporter,
          maxQueueSize: mostWaiting,
          maxExportBatchSize: sentTogether,
          scheduledDelayMillis: sentEveryMs,
          exportTimeoutMillis: settings.timeoutMs,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer("sallyport", sender.version);
  }

  /** Milliseconds since the epoch, with fractions. By the time of day, which may be set, as in records. */
  now(): number {
    const [day, counted] = [this.#clock.now(), this.#clock.monotonic()];
    // NaN at first.
    if (!(Math.abs(day - this.#offset - counted) <= mostDrift)) this.#offset = day - counted;
    return this.#offset + counted;
  }

  /** `began`: see `now`. Once the call was read, so that the trace of its `_meta` is known. */
  begin(context: RequestContext, began: number): CallTrace {
    const said = readTrace(firstHeader(context.request.rawHeaders, "traceparent") ?? context.call?.traceparent);
    const parent = said === null ? ROOT_CONTEXT : parentOf(said);
    this.#ids.trace = hash("sha256", `trace ${context.decisionId}`, "hex").slice(0, 32);
    const span = this.#tracer.startSpan(spanName(context), { kind: SpanKind.SERVER, startTime: began }, parent);
    const { traceId, traceFlags } = span.spanContext();
    const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    context.traceparent = `00-${traceId}-${spanIdOf(context.decisionId)}-${sampled ? "01" : "00"}`;
    const clock = { now: () => this.now() };
    return new CallTrace(context, span, clock, (name, kind, startTime, id) => {
      this.#ids.span = id;
      return this.#tracer.startSpan(name, { kind, startTime }, trace.setSpan(ROOT_CONTEXT, span));
    });
  }

  findings(): Finding[] {
    return this.#exporter.findings();
  }

  /** Sends what waits, for as long as a stop may wait for it. */
  async close(): Promise<void> {
    const sent = this.#provider.shutdown().catch(() => undefined);
    await Promise.race([sent, pause(lastMs, undefined, { ref: false })]);
  }
}

/** The span of what is done with a decision. */
interface ActSpan {
  /** Where no tool server was asked, the span has the name of what was done in place of that. */
  ended(outcome: Outcome): void;
  end(): void;
}

/** Outcomes of calls for which a tool server was asked. */
const asked: ReadonlySet<Outcome["kind"]> = new Set([
  "forwarded",
  "withheld",
  "failed",
  "unknown",
  "abandoned",
  "aborted",
]);

type Begin = (name: string, kind: SpanKind, startTime: number, id: string | null) => Span;

/** The span of one call. */
export class CallTrace {
  readonly #context: RequestContext;
  readonly #span: Span;
  readonly #clock: Pick<Clock, "now">;
  readonly #begin: Begin;

  constructor(context: RequestContext, span: Span, clock: Pick<Clock, "now">, begin: Begin) {
    this.#context = context;
    this.#span = span;
    this.#clock = clock;
    this.#begin = begin;
  }

  /** A step that has ended; `began`: in milliseconds since the epoch. */
  step(name: string, began: number): void {
    if (this.#span.isRecording()) this.#begin(name, SpanKind.INTERNAL, began, null).end(this.#clock.now());
  }

  /** What becomes of the decision. The tool server has been told that the span of a call that goes on is its parent. */
  act(effect: Decision["effect"]): ActSpan {
    const { route, decisionId } = this.#context;
    const sends = effect === "allow";
    const name = sends ? `forward ${route?.server ?? ""}`.trimEnd() : effect;
    const span = this.#begin(
      name,
      sends ? SpanKind.CLIENT : SpanKind.INTERNAL,
      this.#clock.now(),
      sends ? spanIdOf(decisionId) : null,
    );
    return {
      ended: ({ kind }) => void (sends && !asked.has(kind) && span.updateName(kind)),
      end: () => span.end(this.#clock.now()),
    };
  }

  end(decision: Decision, outcome: Outcome | null): void {
    const span = this.#span;
    if (!span.isRecording()) return;
    span.updateName(spanName(this.#context));
    span.setAttributes(callAttributes(this.#context)).setAttributes(decisionAttributes(decision));
    if (outcome !== null) span.setAttributes(outcomeAttributes(outcome));
    // Of the span of a server only its own faults are errors: a refusal is an answer (semantic conventions, HTTP).
    if (outcome === null || (outcome.status ?? 0) >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(this.#clock.now());
  }
}

function parentOf({ id, parent, flags }: Trace): Context {
  const traceFlags = (Number.parseInt(flags, 16) & 1) === 1 ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: id, spanId: parent, traceFlags, isRemote: true });
}

/** A share of traces, by their id; where callers are followed, what they have decided about theirs. */
function samplerOf({ sample, followsCallers }: TraceSettings): ParentBasedSampler {
  const root = sample >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(sample);
  const remote = followsCallers
    ? { remoteParentSampled: new AlwaysOnSampler(), remoteParentNotSampled: new AlwaysOffSampler() }
    : { remoteParentSampled: root, remoteParentNotSampled: root };
  return new ParentBasedSampler({ root, ...remote });
}

/** Ids that follow from the decision where somebody else is told them before the span begins, and random ones. */
class SetIds implements IdGenerator {
  trace: string | null = null;
  span: string | null = null;

  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    const id = this.trace ?? this.#random.generateTraceId();
    this.trace = null;
    return id;
  }

  generateSpanId(): string {
    const id = this.span ?? this.#random.generateSpanId();
    this.span = null;
    return id;
  }
}
