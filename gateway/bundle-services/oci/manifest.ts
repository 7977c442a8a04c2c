import { hash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { isDigest } from "../../domain/oci-reference.ts";
import { DownloadFailure } from "../bundle-request.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What a manifest points to (https://github.com/opencontainers/image-spec/blob/main/descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** Of the layer that is a bundle. */
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Types of manifests that are read; the order is that of OPA's request. */
export const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
] as const;

/** The first layer that is a bundle; null: none is. `layers`: null where it is an index. */
export interface ReadManifest {
  readonly bundle: Descriptor | null;
  /** Manifests of an index, but for those of attestations, which have an unknown platform. */
  readonly manifests: readonly Descriptor[];
}

/** @throws DownloadFailure for what is neither a manifest nor an index */
export function readManifest(bytes: Buffer): ReadManifest {
  let manifest: unknown;
  try {
    manifest = parseJson(bytes.toString("utf8"));
  } catch (cause) {
    throw new DownloadFailure("the manifest is no JSON", null, cause);
  }
  const { layers, manifests } = isJsonObject(manifest) ? manifest : {};
  if (!Array.isArray(layers) && !Array.isArray(manifests))
    throw new DownloadFailure("the manifest has neither layers nor manifests");
  return {
    bundle:
      objectsOf(layers)
        .map(descriptorOf)
        .find(({ mediaType }) => mediaType === layerType) ?? null,
    manifests: objectsOf(manifests)
      .filter((one) => !isAttestation(one))
      .map(descriptorOf),
  };
}

function objectsOf(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** @throws DownloadFailure for a digest that cannot be checked: it is a part of the address too */
function descriptorOf({ mediaType, digest, size }: JsonObject): Descriptor {
  if (typeof mediaType !== "string" || typeof digest !== "string" || typeof size !== "number" || !isDigest(digest))
    throw new DownloadFailure("the manifest has a descriptor that cannot be read");
  return { mediaType, digest, size };
}

function isAttestation({ platform }: JsonObject): boolean {
  const { os, architecture } = platform !== undefined && isJsonObject(platform) ? platform : {};
  return os === "unknown" && architecture === "unknown";
}

/** Whether these are the bytes that the digest names. */
export function isOf(digest: string, bytes: Buffer): boolean {
  const [algorithm = "", hex] = digest.split(":");
  return hash(algorithm, bytes) === hex;
}
