import type { Origins } from "./origins.ts";

/** One cookie under which a secret travels. */
export interface CookieKind {
  readonly name: string;
  readonly secure: boolean;
}

/**
 * Over https there is one cookie, `__Host-`: Secure, no Domain, Path=/
 * (https://www.rfc-editor.org/rfc/rfc6265#section-5.4, draft-ietf-httpbis-rfc6265bis §4.1.3.2).
 * Over http, which only a loopback console may use, Chromium takes it too (tested: test/browser), since loopback is a
 * trustworthy origin, but not every browser does; so there the same id also goes out without the prefix.
 * Loopback cookies are shared by all ports of the machine, hence the port in the names.
 */
export function sessionCookies(origins: Origins): readonly CookieKind[] {
  return kinds(origins, "sallyport");
}

/** What ties a sign-in at a provider to the browser that began it. */
export function loginCookies(origins: Origins): readonly CookieKind[] {
  return kinds(origins, "sallyport-login");
}

function kinds({ secure, port }: Origins, name: string): readonly CookieKind[] {
  if (secure) return [{ name: `__Host-${name}`, secure: true }];
  return [
    { name: `__Host-${name}-${port || "80"}`, secure: true },
    { name: `${name}-${port || "80"}`, secure: false },
  ];
}

export function setCookie(kind: CookieKind, value: string, maxAgeSeconds: number): string {
  const secure = kind.secure ? "; Secure" : "";
  return `${kind.name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

/** The secrets a request carries, strongest cookie first; a name sent twice counts as not sent. */
export function readCookies(header: string | undefined, kinds: readonly CookieKind[]): string[] {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  return kinds.flatMap(({ name }) => {
    const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
    return values.length === 1 ? values : [];
  });
}
