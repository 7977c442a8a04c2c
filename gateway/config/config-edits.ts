import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Finding, FindingSource, Logger } from "../domain/ports.ts";
import { readConfig } from "./read-config.ts";

const lookEveryMs = 5_000;

/**
 * Detects that the configuration file has changed since the start. Changes are not applied: the gateway keeps the
 * configuration it read, and reports the difference until the file is as it was or the gateway is restarted.
 */
export class ConfigEdits implements FindingSource {
  readonly #path: string;
  readonly #opaConfig: string | null;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #started: string | null = null;
  #seen: string | null = null;
  #finding: Finding | null = null;

  /** Checks every 5 s until `close`. */
  constructor(path: string, logger: Logger, opaConfig: string | null = null) {
    this.#path = path;
    this.#opaConfig = opaConfig;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
    void this.look();
  }

  /** Checks now. Logs the result when it is new, or always with `always`. Never rejects. */
  async look(always = false): Promise<void> {
    const digests = await Promise.all(
      [this.#path, ...(this.#opaConfig === null ? [] : [this.#opaConfig])].map(digestOf),
    );
    const digest = digests.join(" ");
    this.#started ??= digest;
    const known = digest === (this.#seen ?? this.#started);
    if (known && !always) return;
    this.#seen = digest;
    // Repeated for a known edit: files that it refers to, such as a secret's, may have changed since.
    this.#finding = digest === this.#started ? null : this.#edited();
    const still = known ? "still" : "again";
    if (this.#finding === null)
      this.#logger.info(`the configuration is ${still} the one that the gateway started with`);
    else this.#logger.warn(this.#finding.problem, { fix: this.#finding.fix });
  }

  findings(): readonly Finding[] {
    return this.#finding === null ? [] : [this.#finding];
  }

  close(): void {
    clearInterval(this.#timer);
  }

  get #files(): string {
    return this.#opaConfig === null ? this.#path : `${this.#path} or ${this.#opaConfig}`;
  }

  #edited(): Finding {
    const shared = { name: "configuration-edit", severity: "degraded" } as const;
    const since = "the gateway goes on with the configuration that it started with";
    try {
      readConfig(this.#path, { opaConfig: this.#opaConfig });
      return {
        ...shared,
        problem: `${this.#files} was edited, and ${since}`,
        fix: "start the gateway again to apply the edit",
      };
    } catch (failure) {
      return {
        ...shared,
        problem: `${this.#files} was edited and has mistakes, and ${since}:\n${failure instanceof Error ? failure.message : String(failure)}`,
        fix: "correct the file, then start the gateway again",
      };
    }
  }
}

function digestOf(path: string): Promise<string> {
  return readFile(path).then(
    (bytes) => hash("sha256", bytes, "hex"),
    (failure: NodeJS.ErrnoException) => `unreadable ${failure.code}`,
  );
}
