/** Which artifact of a registry. Where the registry is, is said by its service. */
export interface OciReference {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** As the distribution spec has them (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests). */
const form =
  /^[A-Za-z0-9.-]+(?::\d+)?\/(?<repository>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-f]{64,128}))?$/;

/** Null for what is not `host/repository:tag` or `host/repository@digest`. A digest goes before a tag. */
export function ociReference(text: string): OciReference | null {
  const { repository, tag, digest } = form.exec(text)?.groups ?? {};
  const reference = digest ?? tag;
  return repository === undefined || reference === undefined ? null : { repository, reference };
}
