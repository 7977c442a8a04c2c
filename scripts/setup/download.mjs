import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, rmSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const limitMs = 300_000;

/**
 * Downloads a file to `target`, executable. What does not have the given digest is refused and removed, so it can never run.
 * @param {string} url
 * @param {string} sha256 lower-case hex
 * @param {string} target
 */
export async function downloadFile(url, sha256, target) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
    if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
    const hash = createHash("sha256");
    const body = Readable.fromWeb(/** @type {import("node:stream/web").ReadableStream} */ (answer.body));
    body.on("data", (chunk) => hash.update(chunk));
    await pipeline(body, createWriteStream(target, { flags: "wx" }));
    const digest = hash.digest("hex");
    if (digest !== sha256) throw new Error(`${url} has SHA-256 ${digest}, expected is ${sha256}: refused`);
    chmodSync(target, 0o755);
  } catch (error) {
    rmSync(target, { force: true });
    const { message, cause } = /** @type {Error & { cause?: Error }} */ (error);
    if (message.includes(url)) throw error;
    throw new Error(`${url}: ${message}${cause === undefined ? "" : ` (${cause.message})`}`, { cause: error });
  }
}

/**
 * The digest that is published in a file beside a download: `<hex>` or `<hex>  <name>`, as sha256sum writes it.
 * @param {string} url @returns {Promise<string>} lower-case hex
 */
export async function publishedDigest(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) }).catch((error) => {
    throw new Error(`${url}: ${error.message} (${error.cause?.message ?? "no answer"})`, { cause: error });
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const digest = /^([0-9a-f]{64})(\s|$)/i.exec(await answer.text())?.[1];
  if (digest === undefined) throw new Error(`${url} holds no SHA-256`);
  return digest.toLowerCase();
}
