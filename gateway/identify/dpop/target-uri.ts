const form = /^(https?):\/\/([^/?#@\\\s]+)([^?#\s]*)(?:[?#].*)?$/i;

/**
 * Whether a proof's `htu` names this origin and path (RFC 9449 §4.3): query and fragment are left out, scheme and host are
 * compared without case and default port (RFC 3986 §6.2), the path as it stands. `origin` is the listener's public one,
 * never what the request's Host says: a proof made for another server must not be good here.
 */
export function namesTarget(htu: string, origin: string, path: string): boolean {
  const [, scheme, authority, asked] = form.exec(htu) ?? [];
  if (scheme === undefined || authority === undefined) return false;
  return `${normalOrigin(scheme, authority)}${asked || "/"}` === `${originOf(origin)}${path}`;
}

function originOf(origin: string): string {
  const [, scheme = "", authority = ""] = form.exec(origin) ?? [];
  return normalOrigin(scheme, authority);
}

function normalOrigin(scheme: string, authority: string): string {
  const lower = scheme.toLowerCase();
  const port = lower === "https" ? ":443" : ":80";
  const host = authority.toLowerCase();
  return `${lower}://${host.endsWith(port) ? host.slice(0, -port.length) : host}`;
}

/** The path as the caller wrote it, from origin or absolute form (RFC 9112 §3.2). */
export function pathAsked(url: string): string {
  const target = url.startsWith("/") ? url : (form.exec(url)?.[3] ?? "");
  const end = target.search(/[?#]/);
  return (end === -1 ? target : target.slice(0, end)) || "/";
}
