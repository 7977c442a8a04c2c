#!/usr/bin/env node
/** The command of the npm package: brings along what is missing of Node 24 and OPA, then runs the gateway's command line. */
import { join } from "node:path";
import { nodePath } from "../scripts/setup/node-runtime.mjs";
import { root } from "../scripts/setup/places.mjs";
import { profiles } from "../scripts/setup/profiles.mjs";
import { runWithTools } from "../scripts/setup/run-with-tools.mjs";
import { setUpOrExplain } from "../scripts/setup/set-up.mjs";

if (await setUpOrExplain(profiles.installed ?? []))
  runWithTools(nodePath, [join(root, "dist", "gateway", "main.js"), ...process.argv.slice(2)]);
