import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RuleInfo } from "../../domain/ports.ts";
import { activate, type Activation } from "../active/activate.ts";
import type { BundlePolicy } from "../active/active-policy.ts";
import { readArchive } from "../archive/archive.ts";
import { BundleFailure, type Location } from "../failure.ts";
import { goldenCases } from "../golden-cases.ts";
import { parseJson } from "../../lib/parse-json.ts";

interface Described {
  readonly rules: readonly RuleInfo[];
  readonly warnings: readonly Location[];
}

/** Archives of policies that were active, by their digest, with what is told of their rules. */
export class KeptArchives {
  readonly #folder: string;
  #digests = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    this.#digests = new Set(names.flatMap((name) => (archiveName.test(name) ? [`sha256:${name.slice(0, 64)}`] : [])));
  }

  has(digest: string): boolean {
    return this.#digests.has(digest);
  }

  async keep(archive: string, { digest, rules, warnings }: Pick<BundlePolicy, "digest" | "rules" | "warnings">) {
    if (this.has(digest)) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const place = this.#placeOf(digest);
    await writeFile(`${place}.json`, JSON.stringify({ rules, warnings } satisfies Described));
    await copyFile(archive, `${place}.new`);
    await rename(`${place}.new`, `${place}.tar.gz`);
    this.#digests.add(digest);
  }

  /** Where the archive with this digest lies, when it is kept. */
  archiveOf(digest: string): string {
    return `${this.#placeOf(digest)}.tar.gz`;
  }

  /** Removes all but these. */
  async prune(digests: ReadonlySet<string>): Promise<void> {
    for (const digest of [...this.#digests].filter((one) => !digests.has(one))) {
      this.#digests.delete(digest);
      const place = this.#placeOf(digest);
      await Promise.all([".tar.gz", ".json"].map((end) => rm(`${place}${end}`, { force: true })));
    }
  }

  /** Its golden cases were asked when it became active first. @throws BundleFailure */
  async load(digest: string, activation: Activation): Promise<BundlePolicy> {
    const place = this.#placeOf(digest);
    const archive = await readArchive(`${place}.tar.gz`);
    if (archive.digest !== digest)
      throw new BundleFailure(
        "verify",
        `the kept archive is not the one that was active: its digest is ${archive.digest}`,
      );
    const described = parseJson(await readFile(`${place}.json`, "utf8")) as Described;
    return activate(archive, described, goldenCases(null), activation);
  }

  #placeOf(digest: string): string {
    return join(this.#folder, digest.replace(/^sha256:/, ""));
  }
}

const archiveName = /^[0-9a-f]{64}\.tar\.gz$/;
