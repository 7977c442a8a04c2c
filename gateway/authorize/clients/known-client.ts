import { isDeceptive } from "../../lib/look-alike.ts";

/** A client as it is known here. What it says of itself is a claim, but for the host of its document. */
export interface KnownClient {
  readonly id: string;
  readonly name: string;
  /** configured: the operator vouches for the name. document: the host of the id does. registered: nobody does. */
  readonly kind: "configured" | "document" | "registered";
  readonly redirectUris: readonly string[];
  /** Whether it says that it can use refresh tokens. */
  readonly refreshes: boolean;
  /** Reference for `Config.secret`; null for a public client. */
  readonly secretReference: string | null;
}

const longestName = 80;

/** The name that a client gives itself, as people may be shown it; null when it has none that they could read. */
export function claimedName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const name = value.trim();
  if (name === "" || name.length > longestName || /\p{C}/u.test(name) || isDeceptive(name)) return null;
  return name;
}

/** The page about itself that a client names (RFC 7591 §2, `client_uri`); null for what is no plain address on the web. */
export function claimedUri(value: unknown): string | null {
  if (typeof value !== "string" || !/^https?:\/\/[\x21-\x7e]+$/i.test(value)) return null;
  if (!URL.canParse(value)) return null;
  const { username, password } = new URL(value);
  return username === "" && password === "" ? value : null;
}
