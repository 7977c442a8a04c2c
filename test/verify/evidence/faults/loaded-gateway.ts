import { readdirSync, readFileSync } from "node:fs";
import type { HttpAnswer, HttpCall } from "../../../../demo/agent/http-agent.ts";
import { pause } from "../../../support/eventually.ts";
import { paymentsRoute } from "../../../support/routes.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../../../support/start-gateway.ts";
import { ToolServer } from "./tool-server.ts";

/** Calls that are under way at once, and what a caller waits between two. */
const CALLERS = 4;
const BETWEEN_MS = 5;
/** A gateway that is not right again after so long is not right again by itself. */
const PATIENCE_MS = 60_000;

/** A gateway that is called all the time. */
export class LoadedGateway {
  readonly gateway: TestGateway;
  readonly #tools: ToolServer;
  readonly #pid: number;
  readonly #callers: Promise<void>[];
  #isOver = false;
  #calls = 0;
  #refused = 0;
  /** What nobody should have been answered. */
  readonly strange: string[] = [];

  private constructor(gateway: TestGateway, tools: ToolServer, calls: readonly HttpCall[]) {
    this.gateway = gateway;
    this.#tools = tools;
    this.#pid = gateway.pid();
    this.#callers = Array.from({ length: CALLERS }, (_, at) => this.#callOn(calls, at));
  }

  /** Called with each of `calls` in turn. */
  static async start(
    calls: readonly HttpCall[],
    config: NonNullable<TestGatewayOptions["config"]> = {},
  ): Promise<LoadedGateway> {
    const tools = new ToolServer();
    const gateway = await startGateway({ routes: [paymentsRoute(await tools.listen())], config });
    return new LoadedGateway(gateway, tools, calls);
  }

  /** Decisions that have reached the tool server. */
  get forwarded(): ReadonlySet<string> {
    return this.#tools.decisions;
  }

  get counts(): { readonly calls: number; readonly refused: number } {
    return { calls: this.#calls, refused: this.#refused };
  }

  /** Does something to its files between two of its steps: whatever it has written is there, and it sees all of what is done at once. */
  halted<T>(work: () => T): T {
    process.kill(this.#pid, "SIGSTOP");
    try {
      while (!isHalted(this.#pid));
      return work();
    } finally {
      process.kill(this.#pid, "SIGCONT");
    }
  }

  /** Resolves when a call goes on and the gateway says that it is ready; to the milliseconds from now, or null when that does not come. */
  async right(): Promise<number | null> {
    const began = performance.now();
    for (let now = began; now - began < PATIENCE_MS; now = performance.now()) {
      const before = this.forwarded.size;
      await pause(10);
      if (this.forwarded.size > before && (await this.#isReady())) return performance.now() - began;
    }
    return null;
  }

  /** Ends the load and the gateway; its folder stays. @returns whether it was the same process all the time */
  async stop(): Promise<boolean> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    const isSame = this.gateway.pid() === this.#pid && isAlive(this.#pid);
    await this.gateway.kill("SIGTERM");
    return isSame;
  }

  async remove(): Promise<void> {
    await this.gateway.close();
    await this.#tools.close();
  }

  async #isReady(): Promise<boolean> {
    const answer = await fetch(`${this.gateway.agents}/readyz`).catch(() => null);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  async #callOn(calls: readonly HttpCall[], from: number): Promise<void> {
    const agent = this.gateway.refundBot();
    for (let at = from; !this.#isOver; at += 1) {
      const call = calls[at % calls.length] as HttpCall;
      const answer = await agent.call(call).catch((failure: unknown) => `no answer: ${String(failure)}`);
      this.#calls += 1;
      const isForwarded = typeof answer !== "string" && answer.status < 300;
      if (!isForwarded) this.#refused += 1;
      const what = typeof answer === "string" ? answer : strangeness(answer);
      if (what !== null && this.strange.length < 20) this.strange.push(what);
      await pause(BETWEEN_MS);
    }
  }
}

/** An answer is what was asked for, or has a code. */
function strangeness({ status, body }: HttpAnswer): string | null {
  if (status < 300 || typeof body["code"] === "string") return null;
  return `an answer ${status} without a code: ${JSON.stringify(body)}`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Each thread has its state behind its name in parentheses (proc(5)); t: while it has a tracer. */
function isHalted(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
      return /^[Tt]$/.test(text[text.lastIndexOf(")") + 2] ?? "");
    });
  } catch (failure) {
    // A thread may end meanwhile.
    if (isAlive(pid)) return false;
    throw failure;
  }
}
