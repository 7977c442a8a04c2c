import { bytesOf } from "../../value.ts";
import { checkUrl, parseUri } from "../uri.ts";

/** A URL reference in its parts as Go's net/url has them, for the ids and references of a schema. */
export interface Url {
  readonly scheme: string;
  /** User, host and port as written; undefined without "//". */
  readonly authority: string | undefined;
  /** Of a URL without a path that begins with a slash ("urn:a"). */
  readonly opaque: string;
  /** Escaped. */
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly query: string;
  /** Unescaped. */
  readonly fragment: string;
  readonly rawFragment: string;
}

const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?!\/)([^/?#]*)|\/\/(?=\/)())?([^?#]*)(\?[^#]*)?(?:#(.*))?$/su;

/** @throws BuiltinError in the words of Go's url.Parse */
export function parseUrl(text: string): Url {
  checkUrl(text);
  const { scheme, escapedPath, fragment } = parseUri(text);
  const [, , authority, empty, path = "", query = "", rawFragment = ""] = PARTS.exec(text) ?? [];
  const opaque = scheme !== "" && authority === undefined && empty === undefined && !path.startsWith("/") ? path : "";
  return { scheme, authority: authority ?? empty, opaque, path: escapedPath, query, fragment, rawFragment };
}

export function withoutFragment(url: Url): Url {
  return { ...url, fragment: "", rawFragment: "" };
}

/** Whether it says by itself where a document is. */
export function isCanonical({ scheme, authority = "", path }: Url): boolean {
  return scheme === "file" ? path.startsWith("/") : scheme !== "" && authority.replace(/^.*@/, "") !== "";
}

/** What `reference` means within a document at `base` (RFC 3986, section 5.2, as Go's ResolveReference; the base's fragment does not count). */
export function resolveUrl(base: Url, reference: Url): Url {
  const scheme = reference.scheme === "" ? base.scheme : reference.scheme;
  if (reference.scheme !== "" || (reference.authority ?? "") !== "") {
    return { ...reference, scheme, path: reference.opaque === "" ? resolvePath(reference.path, "") : "" };
  }
  const query = reference.path === "" && reference.query === "" ? base.query : reference.query;
  if (reference.path === "" && base.opaque !== "") return { ...reference, scheme, query, opaque: base.opaque };
  // Go forgets that a base has no "//", so that what is resolved against "x:/a" begins with "x:///".
  const authority = base.authority ?? "";
  return { ...reference, scheme, query, authority, path: resolvePath(base.path, reference.path) };
}

function resolvePath(base: string, reference: string): string {
  const full =
    reference === ""
      ? base
      : reference.startsWith("/")
        ? reference
        : base.slice(0, base.lastIndexOf("/") + 1) + reference;
  if (full === "") return "";
  const kept: string[] = [];
  const segments = full.split("/");
  for (const segment of full.startsWith("/") ? segments.slice(1) : segments) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === "." || last === "..") kept.push("");
  return `/${kept.join("/")}`;
}

export function urlText(url: Url): string {
  const { scheme, authority, opaque, path, query } = url;
  const start = scheme === "" ? "" : `${scheme}:`;
  const hasHost = authority !== undefined && (authority !== "" || (scheme !== "" && path !== ""));
  const host = hasHost ? `//${authority}` : "";
  const guard = start === "" && host === "" && (path.split("/")[0] ?? "").includes(":") ? "./" : "";
  return `${start}${opaque === "" ? host + guard + path : opaque}${query}${fragmentText(url)}`;
}

const PLAIN_FRAGMENT = /^(?:[A-Za-z0-9\-_.~$&+,/:;=?@!()*'[\]]|%[0-9a-fA-F]{2})*$/;

function fragmentText({ fragment, rawFragment }: Url): string {
  if (fragment === "") return "";
  if (PLAIN_FRAGMENT.test(rawFragment)) return `#${rawFragment}`;
  const escaped = [...bytesOf(fragment)].map((byte) => {
    const character = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/.test(character);
    return plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `#${escaped.join("")}`;
}
