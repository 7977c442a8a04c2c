/**
 * Its last label is one of a name or an address. The URL parser takes almost every character in a host, but no top-level domain ends in
 * `example)`, `example;https` or `example".`
 */
export function endsAsHost(host: string): boolean {
  return /(?:^|\.)[a-z0-9_-]+\.?$|^\[.*\]$/i.test(host);
}
