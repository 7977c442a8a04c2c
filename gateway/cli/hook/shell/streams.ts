import { posix } from "node:path";

/** Standard input, or what another command writes, by the name of a file: in `/dev`, and as seen from there. */
export function isStream(text: string): boolean {
  return (
    text.startsWith("<(") ||
    /^(?:\.*\/)*(?:dev\/|(?:proc\/)?(?:thread-)?self\/|proc\/[^/]+\/)?(?:stdin$|fd\/)/.test(posix.normalize(text))
  );
}
