import type { ServedBundle } from "../../domain/bundle-service.ts";
import { isDigest, type OciReference, ociReference } from "../../domain/oci-reference.ts";
import { DownloadFailure, longestMs, notAnswered, type ServiceAnswer } from "../bundle-request.ts";
import type { Services } from "../services/services.ts";
import { type Descriptor, isOf, manifestTypes, readManifest } from "./manifest.ts";
import { Registry } from "./registry.ts";

const maxManifestBytes = 4_194_304;
/** Indexes within indexes. */
const mostLevels = 4;
/** Manifests that are read for one artifact. */
const mostManifests = 32;

/**
 * Requests of the OCI distribution spec for one bundle: its manifest, and the blob of its layer. The digest of the layer stands for the ETag, so
 * that a tag alone is asked for while it stays what it is, and nothing where the reference is a digest.
 */
export class OciRequest {
  readonly #bundle: ServedBundle;
  readonly #wanted: OciReference;
  readonly #manifests: Registry;
  readonly #blobs: Registry;
  /** What the reference was last. */
  #known: { readonly manifest: string; readonly bundle: Descriptor } | null = null;

  /** @throws Error for a resource that is no reference */
  constructor(bundle: ServedBundle, services: Pick<Services, "open">) {
    const wanted = ociReference(bundle.resource);
    if (wanted === null) throw new Error(`${bundle.resource} is no reference of an OCI registry`);
    this.#bundle = bundle;
    this.#wanted = wanted;
    const timeoutMs = bundle.service.headerTimeoutMs + longestMs;
    this.#manifests = new Registry(services.open(bundle.service, { timeoutMs, maxBytes: maxManifestBytes }));
    this.#blobs = new Registry(services.open(bundle.service, { timeoutMs, maxBytes: bundle.maxBytes }));
  }

  /** `etag`: of the active bundle. @throws DownloadFailure */
  async send(etag: string | null, _waitS: number | null, stopped: AbortSignal): Promise<ServiceAnswer> {
    // One time for all its requests, each of which has its own too.
    const late = AbortSignal.timeout(this.#bundle.service.headerTimeoutMs + longestMs);
    const signal = AbortSignal.any([stopped, late]);
    try {
      const { digest } = await this.#layer(signal);
      if (digest === etag) return { kind: "unchanged" };
      return { kind: "bundle", bytes: await this.#blob(digest, signal), etag: digest, waits: false };
    } catch (failure) {
      throw failure instanceof DownloadFailure ? failure : new DownloadFailure(notAnswered(failure), null, failure);
    }
  }

  /** The layer that the reference has now. */
  async #layer(signal: AbortSignal): Promise<Descriptor> {
    const { reference } = this.#wanted;
    const manifest = isDigest(reference) ? reference : await this.#digestOf(reference, signal);
    if (this.#known?.manifest === manifest) return this.#known.bundle;
    const bundle = await this.#bundleIn(manifest, mostLevels, new Set(), signal);
    if (bundle === null) throw new DownloadFailure(`${reference} has no layer of the type of bundles, tar+gzip`);
    if (bundle.size > this.#bundle.maxBytes)
      throw new DownloadFailure(`the layer has ${bundle.size} bytes, and size_limit_bytes is ${this.#bundle.maxBytes}`);
    this.#known = { manifest, bundle };
    return bundle;
  }

  /** Of the manifest that the tag has now. */
  async #digestOf(tag: string, signal: AbortSignal): Promise<string> {
    const accept = `${manifestTypes.join(", ")}, */*`;
    const answer = await this.#ask(this.#manifests, `manifests/${tag}`, signal, { method: "HEAD", accept });
    const manifest = answer.headers.get("docker-content-digest") ?? "";
    if (!isDigest(manifest)) throw new DownloadFailure("the registry answered without Docker-Content-Digest");
    return manifest;
  }

  /** In a manifest, or in the first one of an index that has one. */
  async #bundleIn(digest: string, levels: number, seen: Set<string>, signal: AbortSignal): Promise<Descriptor | null> {
    if (seen.size === mostManifests)
      throw new DownloadFailure(
        `the artifact has more than ${mostManifests} manifests, and none of them has the bundle`,
      );
    seen.add(digest);
    const answer = await this.#ask(this.#manifests, `manifests/${digest}`, signal, {
      accept: manifestTypes.join(", "),
    });
    const { bundle, manifests } = readManifest(await verified(answer, digest));
    if (bundle !== null || levels === 0) return bundle;
    for (const { digest: below } of manifests) {
      const found = seen.has(below) ? null : await this.#bundleIn(below, levels - 1, seen, signal);
      if (found !== null) return found;
    }
    return null;
  }

  async #blob(digest: string, signal: AbortSignal): Promise<Buffer> {
    return verified(await this.#ask(this.#blobs, `blobs/${digest}`, signal, {}), digest);
  }

  #ask(
    registry: Registry,
    path: string,
    signal: AbortSignal,
    { method = "GET", accept }: { readonly method?: "GET" | "HEAD"; readonly accept?: string },
  ): Promise<Response> {
    const { service } = this.#bundle;
    const bodyMs = service.headerTimeoutMs;
    return registry.ask(`${new URL(service.url).origin}/v2/${this.#wanted.repository}/${path}`, {
      method,
      signal,
      pauses: { headMs: bodyMs, bodyMs },
      // Its digest is checked wherever it is from. A tag is what the registry itself says.
      mayMove: registry === this.#blobs,
      headers: accept === undefined ? {} : { accept },
    });
  }
}

async function verified(answer: Response, digest: string): Promise<Buffer> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!isOf(digest, bytes)) throw new DownloadFailure(`what the registry sent is not ${digest}`);
  return bytes;
}
