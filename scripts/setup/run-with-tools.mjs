/** Runs a program with the installed tools first on its PATH. */
import { execFileSync, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { isAlive } from "./is-alive.mjs";
import { nodeFolder } from "./node-runtime.mjs";
import { bin, root } from "./places.mjs";

const lookForNpmMs = 500;

/**
 * Runs a program to its end, and ends with its exit code or signal. Signals are passed on.
 * @param {string} program @param {string[]} programArgs
 */
export function runWithTools(program, programArgs) {
  const env = { ...withToolsFirst(process.env), SALLYPORT_PARENT: String(process.pid) };
  const child = spawn(program, programArgs, { stdio: "inherit", env });
  followNpm(child);
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

/**
 * An npm process that is killed passes no signal on, so its child is ended here.
 * @param {import("node:child_process").ChildProcess} child
 */
function followNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const npm = npmOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(npm)) return;
    clearInterval(timer);
    child.kill("SIGTERM");
  }, lookForNpmMs);
  timer.unref();
}

/** npm starts a script through a shell, which may replace itself by the script. @param {number} parent */
function npmOf(parent) {
  if (process.platform === "win32") return parent;
  try {
    const shown = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(parent)], { encoding: "utf8" });
    const [, above, name] = /^\s*(\d+)\s+(.*?)\s*$/.exec(shown) ?? [];
    return above !== undefined && /(^|\/)-?(ba|da|z|k|a)?sh$/.test(name ?? "") ? Number(above) : parent;
  } catch {
    return parent;
  }
}

/** @param {NodeJS.ProcessEnv} env */
function withToolsFirst(env) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH"; // Windows spells it Path
  const folders = [nodeFolder, bin, join(root, "node_modules", ".bin"), env[name] ?? ""];
  return { ...env, [name]: folders.join(delimiter) };
}
