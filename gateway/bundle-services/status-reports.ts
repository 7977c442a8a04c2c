import { STATUS_CODES } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { StatusTarget } from "../domain/bundle-service.ts";
import type { Clock, Finding, FindingSource, Logger } from "../domain/ports.ts";
import { networkFailure } from "../net/post-json.ts";
import { backoffMs } from "./delays.ts";
import { NotSent, type Services } from "./services/services.ts";

const answerBytes = 65_536;
/** Longest pause after failures in a row. */
const longestMs = 60_000;
/** How long the service may take for the state that is told when the gateway stops. */
const lastMs = 1_000;

export interface StatusReportsOptions {
  /** Whom it is to be told now; null: nobody. */
  readonly target: () => StatusTarget | null;
  /** What is to be told now. */
  readonly body: () => object;
  readonly services: Pick<Services, "open">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/**
 * Tells a service of OPA's status API how bundles are: one request at a time, each with the state of its moment. What changes during a
 * request is told by the next one, so that a slow service delays nothing and nothing piles up.
 */
export class StatusReports implements FindingSource {
  readonly #options: StatusReportsOptions;
  readonly #stopped = new AbortController();
  #isWanted = false;
  #running: Promise<void> | null = null;
  #failure: { readonly message: string; readonly since: number; readonly service: string } | null = null;

  constructor(options: StatusReportsOptions) {
    this.#options = options;
  }

  /** Something is to be told. Returns at once. */
  changed(): void {
    if (this.#stopped.signal.aborted) return;
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** What has not been told gets one short attempt. */
  async stop(): Promise<void> {
    const isUntold = this.#running !== null;
    this.#stopped.abort();
    await this.#running;
    if (isUntold) await this.#send(AbortSignal.timeout(lastMs)).catch(() => undefined);
  }

  findings(): Finding[] {
    if (this.#failure === null) return [];
    const { message, since, service } = this.#failure;
    return [
      {
        name: "policy-status",
        problem: `the state of bundles cannot be told to ${service} since ${new Date(since).toISOString()}: ${message}`,
        fix: "mend the service or the way to it; it is told again by itself, and no call waits for it",
        severity: "degraded",
      },
    ];
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    for (let failures = 0; this.#isWanted && !signal.aborted;) {
      this.#isWanted = false;
      try {
        await this.#send(signal);
        failures = 0;
        this.#wentWell();
      } catch (failure) {
        if (signal.aborted) return;
        failures += 1;
        this.#isWanted = true;
        this.#failed((failure as Error).message);
        const ms = backoffMs(failures, longestMs, this.#options.random);
        await pause(ms, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** @throws Error whose message holds no secret */
  async #send(signal: AbortSignal): Promise<void> {
    const { body, services } = this.#options;
    const target = this.#options.target();
    if (target === null) return;
    const { service, partition } = target;
    const fetch = services.open(service, { timeoutMs: service.headerTimeoutMs, maxBytes: answerBytes });
    const headers = { "content-type": "application/json" };
    const url = `${service.url}/status${partition === "" ? "" : `/${partition}`}`;
    const init = { method: "POST" as const, headers, body: JSON.stringify(body()), signal };
    const { status } = await fetch(url, init).catch((failure: unknown) => {
      throw failure instanceof NotSent ? failure : networkFailure(failure);
    });
    if (status < 200 || status >= 300) throw new Error(`it answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd());
  }

  #wentWell(): void {
    const { logger } = this.#options;
    if (this.#failure !== null) logger.info("status: told again", { service: this.#failure.service });
    this.#failure = null;
  }

  #failed(message: string): void {
    const { logger, target, clock } = this.#options;
    const service = target()?.service.name ?? "";
    if (this.#failure?.message !== message)
      logger.warn("status: the service was not told; it is tried again", { service, error: message });
    this.#failure = { message, service, since: this.#failure?.since ?? clock.now() };
  }
}
