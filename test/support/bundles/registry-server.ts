import { hash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackServer } from "../loopback-server.ts";

export interface AskedOfRegistry {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

const registryUser = { name: "puller", password: "r3gistry-s3cret" };
/** What the token of a service is; it is sent as base64. */
export const registryToken = `${registryUser.name}:${registryUser.password}`;
const basic = `Basic ${Buffer.from(registryToken).toString("base64")}`;

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

interface Stored {
  readonly type: string;
  readonly bytes: Buffer;
}

/**
 * The pull endpoints of the OCI distribution spec (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull), with the tokens of
 * https://distribution.github.io/distribution/spec/auth/token/ where `guarded` is set.
 */
export class RegistryServer extends LoopbackServer {
  readonly asked: AskedOfRegistry[] = [];
  /** Whether tokens are wanted, which `/token` gives to the user. */
  guarded = false;
  /** Where blobs are: the answer leads there. */
  storage: string | null = null;
  /** Answered in the place of every manifest. */
  failing: number | null = null;
  /** Where manifests are: the answer leads there. */
  moved: string | null = null;
  readonly #stored = new Map<string, Stored>();
  readonly #tags = new Map<string, string>();
  readonly #tokens = new Set<string>();

  constructor() {
    super((request, response) => this.#handle(request, response));
  }

  /** From now on the tag is an artifact with this layer. @returns digest of the layer */
  push(name: string, bundle: Buffer, { layer = layerType, inIndex = false } = {}): string {
    const config = this.#store("application/vnd.oci.image.config.v1+json", Buffer.from("{}"));
    const blob = this.#store(layer, bundle);
    const manifest = this.#storeJson(manifestType, { mediaType: manifestType, config, layers: [blob] });
    const attestation = { ...manifest, platform: { os: "unknown", architecture: "unknown" } };
    const index = { mediaType: indexType, manifests: [attestation, manifest] };
    this.#tags.set(name, (inIndex ? this.#storeJson(indexType, index) : manifest).digest);
    return blob.digest;
  }

  /** Puts other bytes in the place of those of a digest. */
  spoil(digest: string, bytes: Buffer): void {
    this.#stored.set(digest, { type: layerType, bytes });
  }

  bytesOf(digest: string): Buffer {
    return this.#stored.get(digest)?.bytes ?? Buffer.alloc(0);
  }

  /** Of the manifest that a tag has. */
  digestOf(name: string): string {
    return this.#tags.get(name) ?? "";
  }

  /** A tag, or what else is asked for, is the manifest of this tag from now on. */
  point(name: string, to: string): void {
    this.#tags.set(name, this.digestOf(to));
  }

  /** An index of this tag that has so many manifests without a layer. */
  pushMany(name: string, count: number): void {
    const manifests = Array.from({ length: count }, (_, n) => this.#storeJson(manifestType, { layers: [], n }));
    this.#tags.set(name, this.#storeJson(indexType, { mediaType: indexType, manifests }).digest);
  }

  endTokens(): void {
    this.#tokens.clear();
  }

  #store(mediaType: string, bytes: Buffer) {
    const digest = `sha256:${hash("sha256", bytes)}`;
    this.#stored.set(digest, { type: mediaType, bytes });
    return { mediaType, digest, size: bytes.length };
  }

  #storeJson(mediaType: string, value: object) {
    return this.#store(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, ...value })));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url: path = "", headers } = request;
    this.asked.push({ method, path, headers });
    if (path.startsWith("/token?")) return this.#give(headers.authorization, response);
    const [, repository = "", kind = "", wanted = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (this.guarded && !this.#tokens.has(headers.authorization ?? "")) return this.#challenge(repository, response);
    if (kind === "manifests" && this.failing !== null) return void response.writeHead(this.failing).end();
    if (kind === "manifests" && this.moved !== null)
      return void response.writeHead(307, { location: `${this.moved}/${wanted}` }).end();
    if (kind === "blobs" && this.storage !== null)
      return void response.writeHead(307, { location: `${this.storage}/${wanted}` }).end();
    const digest = this.#tags.get(`${repository}:${wanted}`) ?? wanted;
    const stored = this.#stored.get(digest);
    if (stored === undefined) return void response.writeHead(404).end();
    const length = String(stored.bytes.length);
    response.writeHead(200, { "content-type": stored.type, "content-length": length, "docker-content-digest": digest });
    response.end(method === "HEAD" ? undefined : stored.bytes);
  }

  #challenge(repository: string, response: ServerResponse): void {
    const challenge = `Bearer realm="${this.url}/token",service="registry.test",scope="repository:${repository}:pull"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
  }

  #give(authorization: string | undefined, response: ServerResponse): void {
    if (authorization !== basic) return void response.writeHead(401).end();
    const token = randomBytes(16).toString("base64url");
    this.#tokens.add(`Bearer ${token}`);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token, expires_in: 300 }));
  }
}
