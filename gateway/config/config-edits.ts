import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Finding, FindingSource, Logger } from "../domain/ports.ts";
import { isOutOfFiles, systemReason } from "../lib/open-files.ts";
import { readConfig } from "./read-config.ts";

const lookEveryMs = 5_000;
const unreadName = "configuration-unread";

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
    const unread = digests.find(isOutOfFiles);
    if (unread === undefined) this.#started ??= digest;
    const known = digest === (this.#seen ?? this.#started);
    const before = this.#finding;
    if (known && !always && before?.name !== unreadName) return;
    this.#seen = digest;
    // Repeated for a known edit: files that it refers to, such as a secret's, may have changed since.
    if (unread !== undefined) this.#finding = this.#unread(unread);
    else this.#finding = digest === this.#started ? null : this.#edited();
    if (known && !always && this.#finding?.problem === before?.problem) return;
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

  /** Nothing is known of the file then: it need not have changed, and is looked at again. */
  #unread(why: string): Finding {
    return {
      name: unreadName,
      severity: "degraded",
      problem: `whether ${this.#files} was edited, and has mistakes, is not known now: ${why}`,
      fix: "raise the limit, or see what keeps so many files open; the file is looked at again by itself",
    };
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
      const message = failure instanceof Error ? failure.message : String(failure);
      if (isOutOfFiles(message)) return this.#unread(message);
      return {
        ...shared,
        problem: `${this.#files} was edited and has mistakes, and ${since}:\n${message}`,
        fix: "correct the file, then start the gateway again",
      };
    }
  }
}

function digestOf(path: string): Promise<string> {
  return readFile(path).then(
    (bytes) => hash("sha256", bytes, "hex"),
    (failure: unknown) => `cannot be read (${systemReason(failure)})`,
  );
}
