/** RFC 9110 §7.6.1: meant for one connection only, never passed on; plus what the gateway sets itself. */
const perConnection = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Response headers as a flat list for `writeHead`, without per-connection ones and those the upstream's Connection names. */
export function responseHeaders(raw: readonly Buffer[], own: readonly string[], drop: ReadonlySet<string> = none): string[] {
  const named = connectionNames(raw);
  const headers: string[] = [...own];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toString("latin1");
    const lower = name.toLowerCase();
    if (perConnection.has(lower) || named.has(lower) || drop.has(lower) || lower.startsWith("sallyport-")) continue;
    headers.push(name, raw[index + 1]!.toString("latin1"));
  }
  return headers;
}

const none: ReadonlySet<string> = new Set();

function connectionNames(raw: readonly Buffer[]): ReadonlySet<string> {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!;
    if (name.length !== 10 || name.toString("latin1").toLowerCase() !== "connection") continue;
    return new Set(raw[index + 1]!.toString("latin1").toLowerCase().split(",").map((word) => word.trim()));
  }
  return none;
}

/** First value of a response header, lower-cased name; null when absent. */
export function headerOf(raw: readonly Buffer[], wanted: string): string | null {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!;
    if (name.length === wanted.length && name.toString("latin1").toLowerCase() === wanted) {
      return raw[index + 1]!.toString("latin1");
    }
  }
  return null;
}
