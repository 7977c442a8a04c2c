import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { freePort, writeConfig } from "../../../../demo/gate/config-file.ts";
import { type Child, startChild } from "../../../../demo/tools/child.ts";
import { eventually } from "../../../support/eventually.ts";
import type { SealSession } from "../../../support/sealed-session.ts";
import { Caller } from "./caller.ts";
import { type Person, signIn } from "./person.ts";

/** Sections of a configuration; the ports are given beside them. */
export type Sections = Readonly<Record<string, unknown>>;

export interface GatewayOptions {
  /** For its configuration and its data, which it shares with nobody. */
  readonly dir: string;
  /** Where Node keeps what it has compiled: starts are what takes most of the time, and the code is the same each time. */
  readonly compiled: string;
  readonly users: readonly object[];
  readonly sections: Sections;
  /** Of the agents' listener, beyond the standard ones. */
  readonly limits?: object | undefined;
  /** Of the agents' listener; where it listens, when nothing is said. */
  readonly publicUrl?: string | undefined;
  /** Of the console, likewise. */
  readonly consoleUrl?: string | undefined;
  /** First passwords by name. The first gateway of a store tells them; all take them. */
  readonly passwords: Map<string, string>;
  /** Makes the ids of transport sessions that its caller names. */
  readonly seal?: SealSession | null;
  /** The folder of its code; this repository when nothing is said. */
  readonly root?: string | undefined;
}

interface Place {
  readonly agentsPort: number;
  readonly consolePort: number;
  readonly publicUrl?: string | undefined;
  readonly consoleUrl?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const startWithinMs = 60_000;

/** One process of the gateway, which may be killed and started again in its place. */
export class ProofGateway {
  readonly caller: Caller;
  readonly console: string;
  readonly logDir: string;
  readonly #place: Place;
  readonly #passwords: Map<string, string>;
  readonly #dir: string;
  readonly #limits: object | undefined;
  #sections: Sections;
  #users: readonly object[];
  #main: string;
  #child: Child | null = null;

  private constructor(options: GatewayOptions, place: Place) {
    const { dir, sections, users, passwords, limits, seal = null, root } = options;
    this.#main = mainIn(root);
    this.#dir = dir;
    this.#limits = limits;
    this.#sections = sections;
    this.#users = users;
    this.#passwords = passwords;
    this.#place = place;
    this.caller = new Caller(`http://127.0.0.1:${place.agentsPort}`, { seal });
    this.console = `http://127.0.0.1:${place.consolePort}`;
    this.logDir = join(dir, "data/log");
  }

  /** @throws Error when it does not start */
  static async open(options: GatewayOptions): Promise<ProofGateway> {
    await mkdir(options.dir, { recursive: true });
    const [agentsPort, consolePort] = await Promise.all([freePort(), freePort()]);
    const env = { NODE_COMPILE_CACHE: options.compiled };
    const gateway = new ProofGateway(options, {
      agentsPort,
      consolePort,
      env,
      publicUrl: options.publicUrl,
      consoleUrl: options.consoleUrl,
    });
    await gateway.startAgain();
    // Before it may be killed.
    if (options.passwords.size === 0) await eventually("passwords are told", () => gateway.#toldAll());
    return gateway;
  }

  /** What its latest life has written. */
  output(): string {
    return this.#child?.output() ?? "";
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.#child?.kill(signal);
  }

  /** Of its latest life; null while it lives, and when a signal has ended it. */
  exitCode(): number | null {
    return this.#child?.exitCode() ?? null;
  }

  /**
   * Same folder, same ports. `change` replaces sections of its configuration from now on.
   * @returns ms until it was ready
   * @throws Error when it ends before that
   */
  async startAgain(change: Sections = {}, users: readonly object[] = this.#users): Promise<number> {
    this.#sections = { ...this.#sections, ...change };
    this.#users = users;
    const file = await writeConfig(this.#dir, this.#config());
    const began = performance.now();
    const child = startChild([this.#main, "serve", "--config", file], this.#place.env);
    this.#child = child;
    await child.waitFor(() => this.#ready(), startWithinMs);
    const took = performance.now() - began;
    // The console opens last.
    await child.waitFor(({ output }) => (output().includes("people decide at ") ? true : null), startWithinMs);
    return took;
  }

  /** From its next start on. @param root see `GatewayOptions` */
  runFrom(root: string): void {
    this.#main = mainIn(root);
  }

  async #ready(): Promise<true | null> {
    const answer = await fetch(`${this.caller.origin}/readyz`).catch(() => null);
    await answer?.body?.cancel();
    return answer?.ok === true ? true : null;
  }

  /** A user of the console, signed in. @throws Error when the console refuses */
  async person(name = "approver"): Promise<Person> {
    return signIn(this.console, name, await this.passwordOf(name));
  }

  passwordOf(name: string): Promise<string> {
    return eventually(`the password of ${name} is told`, () => this.#password(name));
  }

  #toldAll(): true | null {
    this.#password("");
    return this.#passwords.size === this.#users.length ? true : null;
  }

  /** First passwords are told after the greeting, by the gateway that made the accounts. */
  #password(name: string): string | null {
    for (const [, of = "", password = ""] of this.output().matchAll(firstPassword)) this.#passwords.set(of, password);
    return this.#passwords.get(name) ?? null;
  }

  async stop(): Promise<void> {
    this.caller.close();
    await this.#child?.stop();
  }

  #config(): object {
    const { agentsPort, consolePort, publicUrl, consoleUrl } = this.#place;
    const console = { port: consolePort, login: { users: this.#users }, ...at(consoleUrl) };
    const agents = { port: agentsPort, limits: { connections: 40_000, ...this.#limits }, ...at(publicUrl) };
    // Each has a name of its own, as in an installation, but for its version.
    return {
      version: 1,
      instance: basename(this.#dir),
      data_dir: "data",
      listeners: { agents, console },
      ...this.#sections,
    };
  }
}

function mainIn(root = ""): string {
  return join(root, "gateway/main.ts");
}

function at(url: string | undefined): object {
  return url === undefined ? {} : { public_url: url };
}

const firstPassword = /first password of (\S+), told only now: (\S+)/g;
