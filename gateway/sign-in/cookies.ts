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
export function cookieKinds(
  { secure, port }: { readonly secure: boolean; readonly port: string },
  name: string,
): readonly CookieKind[] {
  if (secure) return [{ name: `__Host-${name}`, secure: true }];
  return [
    { name: `__Host-${name}-${port || "80"}`, secure: true },
    { name: `${name}-${port || "80"}`, secure: false },
  ];
}

interface CookieValue {
  readonly value: string;
  readonly maxAgeSeconds: number;
  /** Lax: it also comes when another site sends people back here. */
  readonly sameSite: "Strict" | "Lax";
}

/** Values of Set-Cookie. */
export function cookieLines(
  kinds: readonly CookieKind[],
  { value, maxAgeSeconds, sameSite }: CookieValue,
): readonly string[] {
  return kinds.map(({ name, secure }) => {
    const flags = `HttpOnly; SameSite=${sameSite}${secure ? "; Secure" : ""}`;
    return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; ${flags}`;
  });
}

/** The secrets a request carries, strongest cookie first; a name sent twice counts as not sent. */
export function readCookies(header: string | undefined, kinds: readonly CookieKind[]): string[] {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  return kinds.flatMap(({ name }) => {
    const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
    return values.length === 1 ? values : [];
  });
}
