import { isIP } from "node:net";
import { z } from "zod";

/** Names that appear in records, URLs and policies: plain, short, without a second spelling. */
export function name() {
  return z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, {
    error: "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', starting and ending with a letter or digit",
  });
}

export function nonEmpty() {
  return z.string().min(1, { error: "must not be empty" }).max(2048, { error: "must be at most 2048 characters" });
}

/** scheme://host[:port] and nothing after it, in the one spelling that comparisons use. */
export function origin() {
  return z.string().refine(isOrigin, {
    error: "expected scheme://host or scheme://host:port with http or https, lower case, nothing after it",
  });
}

/** An IP address, or a network as address/prefix; a network of all addresses is none. */
export function network() {
  return z.string().refine(isNetwork, { error: "expected an IP address, or a network such as 10.0.0.0/8" });
}

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  if (rest.length > 0 || isIP(address) === 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (isIP(address) === 4 ? 32 : 128);
}

export function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "http:" || url.protocol === "https:") && url.origin === text;
}

/** An absolute http(s) URL without credentials or fragment. */
export function webUrl() {
  return z.string().refine(isWebUrl, { error: "expected an http or https URL without credentials and fragment" });
}

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.hash === "" &&
    !text.includes("#")
  );
}

/**
 * A path that every reader takes the same way: unreserved and sub-delim characters of RFC 3986 §3.3 only,
 * no escapes, no `;`, no empty or dot segments, no slash at the end.
 */
export function canonicalPath() {
  return z.string().refine(isCanonicalPath, {
    error: "expected a canonical path: starts with '/', no '%', ';', '//', '.' or '..' segments, no slash at the end",
  });
}

export function isCanonicalPath(path: string): boolean {
  if (path === "/") return true;
  if (!/^(\/[A-Za-z0-9._~!$&'()*+,=:@-]+)+$/.test(path)) return false;
  return !path.split("/").some((segment) => segment === "." || segment === "..");
}

/** RFC 9110 §5.6.2 token. */
export const tokenPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

export const mediaTypePattern = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/;

/** RFC 6901: empty, or "/" before each token, with ~0 and ~1 as the only escapes. */
export const pointerPattern = /^(\/([^~/]|~[01])*)+$/;
