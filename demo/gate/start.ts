import { startChild } from "../tools/child.ts";

export interface GatewayPlace {
  readonly configFile: string;
  readonly agentsPort: number;
  readonly consolePort: number;
  readonly env: Readonly<Record<string, string>>;
  /** An OPA configuration that it takes options of; absent: none. */
  readonly opaConfig?: string;
}

/** A running gateway process. */
export interface Gateway {
  readonly pid: number;
  /** URL of the agents listener. */
  readonly agents: string;
  /** URL of the console. */
  readonly console: string;
  /**
   * The approver's first password. @throws Error when the gateway prints none, as at a later start with the same data folder
   */
  password(): Promise<string>;
  output(): string;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const startWithinMs = 60_000;
/** The password is printed after the listeners are open. */
const passwordWithinMs = 60_000;

/**
 * Starts `sallyport serve` and resolves when it is ready (`/readyz`), or only alive when `until` says so.
 * @throws Error with everything it wrote when it ends or stays unready
 */
export async function startGateway(place: GatewayPlace, until: "ready" | "live" = "ready"): Promise<Gateway> {
  const opa = place.opaConfig === undefined ? [] : ["--opa-config", place.opaConfig];
  const child = startChild(["gateway/main.ts", "serve", "--config", place.configFile, ...opa], place.env);
  const console = `http://127.0.0.1:${place.consolePort}`;
  const agents = `http://127.0.0.1:${place.agentsPort}`;
  const probe = agents + (until === "ready" ? "/readyz" : "/livez");
  try {
    await child.waitFor(() => answers(probe), startWithinMs);
    // After the greeting both listeners are open and the first password is printed.
    await child.waitFor(({ output }) => (output().includes(greeting) ? true : null), startWithinMs);
  } catch (failure) {
    await child.stop();
    throw failure;
  }
  return {
    pid: child.pid,
    agents,
    console,
    password: () => child.waitFor(({ output }) => firstPassword(output()), passwordWithinMs),
    output: () => child.output(),
    stop: () => child.stop(),
    kill: (signal) => child.kill(signal),
  };
}

const greeting = "people decide at ";

async function answers(url: string): Promise<true | null> {
  const answer = await fetch(url).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok === true ? true : null;
}

/** Five groups of four, as the console makes them. */
function firstPassword(output: string): string | null {
  return /\b[a-hj-kmnp-tv-z0-9]{4}(?:-[a-hj-kmnp-tv-z0-9]{4}){4}\b/.exec(output)?.[0] ?? null;
}
