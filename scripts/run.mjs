/**
 * node scripts/run.mjs <profile> -- <command…>
 * Makes sure that what is pinned is here, then runs the command with it first on PATH. Runs on Node ≥ 18 with nothing
 * installed. Ends with the command's own exit code or signal; with 1 when set-up failed, 2 when called wrongly.
 */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { nodeFolder } from "./setup/node-runtime.mjs";
import { bin, root } from "./setup/places.mjs";
import { profiles } from "./setup/profiles.mjs";
import { setUp } from "./setup/set-up.mjs";

const [profileName = "", separator, command, ...args] = process.argv.slice(2);
const steps = profiles[profileName];

if (steps === undefined || separator !== "--" || command === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(profiles).join("|")} -- <command…>\n`);
  process.exitCode = 2;
} else {
  try {
    await setUp(steps);
    run(command, args);
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    for (const one of errors) process.stderr.write(`\n${one instanceof Error ? one.message : one}\n`);
    process.stderr.write(
      "\nSet-up failed. What was finished is kept; running the same command again goes on from there.\n",
    );
    process.exitCode = 1;
  }
}

/** @param {string} program @param {string[]} programArgs */
function run(program, programArgs) {
  const child = spawn(program, programArgs, { stdio: "inherit", env: withToolsFirst(process.env) });
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    // A terminal sends Ctrl-C to the child itself: passing it on would make one key press two.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on("error", (error) => {
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exitCode = 127;
  });
  child.on("exit", (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

/** @param {NodeJS.ProcessEnv} env */
function withToolsFirst(env) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH"; // Windows spells it Path
  const folders = [nodeFolder, bin, join(root, "node_modules", ".bin"), env[name] ?? ""];
  return { ...env, [name]: folders.join(delimiter) };
}
