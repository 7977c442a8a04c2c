import type { PolicySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createBundles } from "../../../../gateway/bundles/bundles.ts";
import type { BuildCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import type { BundlesOptions } from "../../../../gateway/bundles/bundles-options.ts";
import { checkAnswer } from "../../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { Bundles, Logger, PolicyStatus } from "../../../../gateway/domain/ports.ts";
import { opa } from "../../decide/support/compile-rego.ts";

/** A small policy whose every answer carries `code`. */
export function mainRego(code: string): string {
  return `# METADATA
# title: The test policy
package sallyport.main

decision := {
  "effect": "deny",
  "reasons": [reason | some reason in denials],
  "obligations": [],
  "approval": null,
  "risk": null,
}

# METADATA
# title: Always denied
# description: So that every answer names its revision.
# custom:
#   code: ${code}
#   severity: low
#   controls: [ASI02]
#   owner: testers
denials contains {
  "code": rego.metadata.rule().custom.code,
  "message": "no",
  "rule": "main/test",
  "severity": "low",
  "controls": [],
}

visible := {"visible": false}

result := {"effect": "block", "reasons": [], "redactions": [], "labels": []}
`;
}

export const catalog = JSON.stringify({
  sallyport: {
    catalog: {
      payments: {
        get_order: { sensitivity: "low", reversible: true, sink: "internal", owner: "payments", labels: ["a"] },
      },
    },
  },
});

/** `sources`: default: the folder. */
export type FolderOptions = Partial<Omit<BundlesOptions, "sources">> & { readonly sources?: readonly PolicySource[] };

export interface PolicyFolder {
  readonly dir: string;
  readonly outDir: string;
  readonly logged: string[];
  write(path: string, text: string): Promise<void>;
  bundles(options?: FolderOptions): Bundles;
  /** The next status that `fits`, at most ten seconds away. */
  next(bundles: Bundles, fits: (status: PolicyStatus) => boolean): Promise<PolicyStatus>;
  remove(): Promise<void>;
}

/** Keeps everything, for as long as the test has it. */
export function cacheInMemory(): BuildCache {
  const kept = new Map<string, Buffer>();
  const nameOf = (kind: string, parts: readonly string[]): string => JSON.stringify([kind, parts]);
  return {
    get: async (kind, parts) => kept.get(nameOf(kind, parts)) ?? null,
    async put(kind, parts, content) {
      kept.set(nameOf(kind, parts), Buffer.from(typeof content === "function" ? await content() : content));
    },
  };
}

/** The engine without host builtins: these tests are about delivery. */
export const engine = createPolicyEngine({ registry: new Map(), redirects: [] });

export async function policyFolder(files: Readonly<Record<string, string>>): Promise<PolicyFolder> {
  const root = await mkdtemp(join(tmpdir(), "sallyport-test-"));
  const [dir, outDir] = [join(root, "rego"), join(root, "bundles")];
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const opened: Bundles[] = [];
  const folder: PolicyFolder = {
    dir,
    outDir,
    logged,
    async write(path, text) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    },
    bundles({ sources = [{ kind: "folder", path: dir }], ...options }: FolderOptions = {}) {
      const clock = { now: () => Date.now(), monotonic: () => performance.now() };
      const bundles = createBundles({
        engine,
        sources: new CurrentSources(sources),
        opa,
        outDir,
        clock,
        logger,
        checkAnswer,
        ...options,
      });
      opened.push(bundles);
      return bundles;
    },
    next(bundles, fits) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no such status; logged: ${logged.join("\n")}`)), 60_000);
        const stop = bundles.watch((status) => {
          if (!fits(status)) return;
          stop();
          clearTimeout(timer);
          resolve(status);
        });
      });
    },
    async remove() {
      for (const bundles of opened) await bundles.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  for (const [path, text] of Object.entries(files)) await folder.write(path, text);
  return folder;
}
