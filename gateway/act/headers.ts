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
export function responseHeaders(
  raw: readonly Buffer[],
  own: readonly string[],
  drop: ReadonlySet<string> = none,
): string[] {
  const named = connectionNames(raw);
  const headers: string[] = [...own];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw, index);
    const lower = name.toLowerCase();
    if (perConnection.has(lower) || named.has(lower) || drop.has(lower) || lower.startsWith("sallyport-")) continue;
    headers.push(name, text(raw, index + 1));
  }
  return headers;
}

const none: ReadonlySet<string> = new Set();

function text(raw: readonly Buffer[], index: number): string {
  return raw[index]?.toString("latin1") ?? "";
}

function connectionNames(raw: readonly Buffer[]): ReadonlySet<string> {
  const value = headerOf(raw, "connection")?.toLowerCase() ?? "";
  // Nearly every tool server says one of these, or nothing.
  if (value === "" || value === "keep-alive" || value === "close") return none;
  return new Set(value.split(",").map((word) => word.trim()));
}

/** All values of a response header in one line, its name given in lower case; null when absent. */
export function headerOf(raw: readonly Buffer[], wanted: string): string | null {
  let found: string | null = null;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.length !== wanted.length || text(raw, index).toLowerCase() !== wanted) continue;
    const value = text(raw, index + 1);
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}
