/**
 * One set-up at a time per checkout. The lock file is written completely and linked into place, which fails when it
 * exists. A holder that died is recognised by its process id, on another machine by the age of its last heartbeat.
 */
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./is-alive.mjs";

const heartbeatMs = 5_000;
const silentMs = 120_000;

/**
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {(holder: string) => void} onWait told once, when another set-up is under way
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, nonce: randomUUID() });
  for (let waited = false; !tryToTake(file, mine);) {
    if (breakIfAbandoned(file)) continue;
    if (!waited) onWait(holderOf(file)?.label ?? "unknown");
    waited = true;
    await sleep(200);
  }
  const heart = setInterval(() => utimesSync(file, new Date(), new Date()), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    if (holderOf(file)?.text === mine) rmSync(file, { force: true });
  }
}

/** @param {string} file @param {string} mine */
function tryToTake(file, mine) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} file */
function holderOf(file) {
  try {
    const text = readFileSync(file, "utf8");
    const { host, pid } = JSON.parse(text);
    const dead = host === hostname() && !isAlive(pid);
    return { text, dead: dead || Date.now() - statSync(file).mtimeMs > silentMs, label: `process ${pid} on ${host}` };
  } catch {
    return null; // released meanwhile
  }
}

/** Only one of several waiting may remove an abandoned lock, or the second would remove the first one's new lock. @param {string} file */
function breakIfAbandoned(file) {
  if (holderOf(file)?.dead !== true) return false;
  const guard = `${file}.breaking`;
  try {
    mkdirSync(guard);
  } catch {
    if (ageOf(guard) > silentMs) rmSync(guard, { recursive: true, force: true });
    return false;
  }
  try {
    if (holderOf(file)?.dead === true) rmSync(file, { force: true });
    return true;
  } finally {
    rmdirSync(guard);
  }
}

/** @param {string} path */
function ageOf(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
