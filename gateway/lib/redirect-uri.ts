/** Where an authorization server may send people back to (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1). */

const longest = 2_000;
const visible = /^[\x21-\x7e]+$/;
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Schemes that run something, or open what is not the client's, when a browser is sent to them. */
const refusedSchemes = new Set(
  [
    "javascript data vbscript livescript mocha blob file filesystem about view-source ws wss ftp mailto tel sms intent http",
    // Handlers of the system and of browsers.
    "jar feed chrome edge brave opera resource moz-extension chrome-extension search search-ms shell ssh telnet git smb nfs afp",
    "ldap ldaps gopher itms-services android-app wyciwyg urn",
  ].flatMap((line) => line.split(" ")),
);
/** Windows opens settings, help and installers by these. */
const systemScheme = /^ms-/;

/** Why this cannot be an address to send people back to; null when it can. */
export function redirectProblem(text: string): string | null {
  if (text.length > longest || !visible.test(text) || !URL.canParse(text)) return "expected an absolute URL";
  if (text.includes("#")) return "must have no fragment";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "must have no user name";
  if (text.includes("*")) return "must be one address, without a pattern";
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  // Another spelling may be read as another place, or as one below the page that leads there.
  if (isWeb && !/^https?:\/\/[a-z0-9.[\]:_-]+(?:[/?][^\\]*)?$/i.test(text))
    return "must be written plainly, https://host/path";
  if (url.protocol === "https:" || isLoopbackRedirect(text)) return null;
  const scheme = url.protocol.slice(0, -1);
  if (scheme === "http") return "plain http is for loopback addresses alone; use https";
  return refusedSchemes.has(scheme) || systemScheme.test(scheme) ? `${scheme}: is no address of a client` : null;
}

/** http on this machine, whatever the port. */
export function isLoopbackRedirect(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "http:" && loopbackHosts.has(hostname);
}

/**
 * Whether a request may name this address where that one is registered: letter by letter, but for the port of a loopback address
 * (RFC 8252 §7.3).
 */
export function redirectMatches(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  return isLoopbackRedirect(registered) && isLoopbackRedirect(asked) && portless(registered) === portless(asked);
}

/** As written, but for the port: another spelling of the rest is another address. */
function portless(text: string): string {
  return text.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):[0-9]{1,5}(?=[/?]|$)/i, "$1");
}
