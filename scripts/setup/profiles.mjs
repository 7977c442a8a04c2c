/** The steps of set-up that each kind of command needs. */
import { chromium } from "./chromium.mjs";
import { consoleBuild } from "./console-build.mjs";
import { helm } from "./helm.mjs";
import { kubernetes } from "./kubernetes.mjs";
import { nodeRuntime } from "./node-runtime.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { opa } from "./opa.mjs";
import { openbao } from "./openbao.mjs";
import { pgbouncer } from "./pgbouncer.mjs";
import { postgres } from "./postgres.mjs";
import { regal } from "./regal.mjs";

const running = [npmPackages, nodeRuntime, opa, consoleBuild];

/** @type {Record<string, import("./set-up.mjs").Step[]>} */
export const profiles = {
  serve: running,
  demo: running,
  bench: running,
  /** The package: its own packages and its console came with it. */
  installed: [nodeRuntime, opa],
  test: [...running, regal, chromium, openbao, postgres, pgbouncer, helm, kubernetes],
};
