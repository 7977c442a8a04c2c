import type { ObjectsTarget } from "../../domain/shipping.ts";
import { signedHeaders } from "../../credentials/aws/sign.ts";
import type { CheckedFetch } from "../../net/checked-fetch.ts";
import type { Batch } from "../log-reader.ts";
import type { Destination, Sent } from "./destination.ts";
import { assertDelivered, type ReceiverDeps, type Reply, receiverFetch, replyOf, zipped } from "./receiver.ts";
import { TreeObjects } from "./tree-objects.ts";

/**
 * A bucket of an S3-compatible object store. Lines are objects named by where they begin, so that one that is sent again replaces
 * itself: `<log>/<segment>/<offset>.gz`. Behind each other, uncompressed, they are the segment byte for byte. Tiles, checkpoints and keys
 * are under `<log>/tlog/` as on disk. No object is ever removed, and tiles never change.
 */
export class ObjectStore implements Destination {
  readonly batchBytes = 4 * 1024 * 1024;
  readonly #target: ObjectsTarget;
  readonly #deps: ReceiverDeps;
  readonly #fetch: CheckedFetch;
  readonly #tree: TreeObjects;

  /** `dir`: folder of the log. */
  constructor(target: ObjectsTarget, dir: string, deps: ReceiverDeps) {
    this.#target = target;
    this.#deps = deps;
    this.#fetch = receiverFetch(target, deps.timeoutMs);
    const objects = {
      get: (key: string, signal: AbortSignal) => this.#get(key, signal),
      put: (key: string, bytes: Buffer, signal: AbortSignal) => this.#put(key, bytes, signal),
    };
    this.#tree = new TreeObjects(dir, objects, folderOf);
  }

  async send({ segment, log, offset, lines }: Batch, signal: AbortSignal): Promise<Sent> {
    const name = `${folderOf(log)}/${segment}/${String(offset).padStart(16, "0")}.gz`;
    await this.#put(name, await zipped(`${lines.join("\n")}\n`), signal);
    return { lines: lines.length, reduced: 0 };
  }

  mark(): string | null {
    return this.#tree.newest();
  }

  async settle(mark: string | null, signal: AbortSignal): Promise<void> {
    if (mark !== null) await this.#tree.sync(mark, signal);
  }

  /** A bucket that shows nothing, or not to this key, has nothing. */
  async #get(key: string, signal: AbortSignal): Promise<string | null> {
    const reply = await this.#request("GET", key, null, signal);
    if (reply.status === 404 || reply.status === 403) return null;
    assertDelivered(reply, this.#deps.clock);
    return reply.text;
  }

  async #put(key: string, body: Buffer, signal: AbortSignal): Promise<void> {
    assertDelivered(await this.#request("PUT", key, body, signal), this.#deps.clock);
  }

  async #request(method: "GET" | "PUT", key: string, body: Buffer | null, signal: AbortSignal): Promise<Reply> {
    const { endpoint, bucket, prefix, region, keys } = this.#target;
    const { clock, secret } = this.#deps;
    const path = [bucket, ...`${prefix}${key}`.split("/")].map(escaped).join("/");
    const secrets = {
      accessKeyId: secret(keys.id),
      secretAccessKey: secret(keys.secret),
      sessionToken: keys.session === null ? null : secret(keys.session),
    };
    const request = { method, origin: endpoint, target: `/${path}`, headers: [], body };
    const signed = signedHeaders(request, secrets, { region, service: "s3" }, clock.now());
    const headers: Record<string, string> = {};
    for (let at = 0; at + 1 < signed.length; at += 2) headers[signed[at] as string] = signed[at + 1] as string;
    return replyOf(await this.#fetch(`${endpoint}/${path}`, { method, headers, body, signal }), errorCode);
  }
}

/** The origin of a log is a path of words; what an object store or a file system could take amiss is escaped. */
export function folderOf(log: string | null): string {
  return log === null ? "unknown" : log.replace(/[^A-Za-z0-9._/-]/g, "_").replace(/(^|\/)\.+(?=\/|$)/g, "$1_");
}

/** Of an error of S3 its code alone: the elements beside it repeat the session token or the key id. */
function errorCode(text: string): string {
  return /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.[1] ?? "";
}

/** RFC 3986 §2.3: everything but unreserved characters, as the signature wants it. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
