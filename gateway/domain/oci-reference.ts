/** Which artifact of a registry. Where the registry is, is said by its service. */
export interface OciReference {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** Digests that can be checked. The spec lets others be registered. */
const digest = String.raw`sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}`;
const part = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;

/** As the distribution spec has them (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests). */
const form = new RegExp(
  String.raw`^[A-Za-z0-9.-]+(?::\d+)?\/(?<repository>${part}(?:\/${part})*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>${digest}))?$`,
);
const whole = new RegExp(`^(?:${digest})$`);

/** Whether it names bytes by a digest that can be checked. */
export function isDigest(text: string): boolean {
  return whole.test(text);
}

/** Null for what is not `host/repository:tag` or `host/repository@digest` with SHA-256 or SHA-512. A digest goes before a tag. */
export function ociReference(text: string): OciReference | null {
  const { repository, tag, digest: named } = form.exec(text)?.groups ?? {};
  const reference = named ?? tag;
  return repository === undefined || reference === undefined ? null : { repository, reference };
}
