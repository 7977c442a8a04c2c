import { BuiltinError } from "../types.ts";
import { decodeBase64 } from "./base64.ts";

interface PemBlock {
  readonly type: string;
  readonly bytes: Buffer;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n([\s\S]*?)-----END \1-----[ \t\r]*(?:\n|$)/;

/** The first block and what follows it, as Go's pem.Decode; undefined when there is none. */
export function decodePem(text: string): { block: PemBlock; rest: string } | undefined {
  const match = BLOCK.exec(text);
  if (match === null) return undefined;
  const rest = text.slice(match.index + match[0].length);
  // Headers ("Proc-Type: …") come before an empty line.
  const body = (match[2] as string).replace(/^(?:[^\n]*:[^\n]*\n)+\s*/, "").replace(/[ \t]/g, "");
  try {
    return { block: { type: match[1] as string, bytes: decodeBase64(body) }, rest };
  } catch (error) {
    if (error instanceof BuiltinError) return decodePem(rest);
    throw error;
  }
}
