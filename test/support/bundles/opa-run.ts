import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "../../../demo/gate/config-file.ts";
import { opa } from "../../unit/decide/support/compile-rego.ts";
import { eventually } from "../eventually.ts";

/** A real `opa run --server` with a configuration of its own. */
export interface OpaRun {
  readonly url: string;
  /** `data.<path>` as it answers it now; undefined: it has none. */
  data(path: string): Promise<unknown>;
  /** Ends it and starts it in the same folder. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

export async function opaRun(config: object): Promise<OpaRun> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-opa-run-"));
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(join(folder, "opa.yaml"), stringify({ ...config, persistence_directory: join(folder, "kept") }));
  const begin = () => {
    const flags = ["--server", "--addr", address, "--config-file", "opa.yaml", "--skip-version-check"];
    // The environment of the test, which is not that of the process that runs it.
    const { env } = process;
    return spawn(opa, ["run", ...flags, "--log-level", "error"], { cwd: folder, stdio: "ignore", env });
  };
  let child = begin();
  const answers = () =>
    eventually("opa answers", () =>
      fetch(`http://${address}/health`).then(
        ({ ok }) => (ok ? true : null),
        () => null,
      ),
    );
  const end = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };
  await answers();
  return {
    url: `http://${address}`,
    async data(path) {
      const answer = await fetch(`http://${address}/v1/data/${path.replaceAll(".", "/")}`);
      return ((await answer.json()) as { readonly result?: unknown }).result;
    },
    async startAgain() {
      await end();
      child = begin();
      await answers();
    },
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
