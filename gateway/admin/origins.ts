/** Which Host and Origin values mean this console, worked out once from its public URL. */
export interface Origins {
  /** https, so that cookies can be bound to it. */
  readonly secure: boolean;
  readonly port: string;
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * On loopback the three usual names count as one. Any other name in Host is DNS rebinding:
 * a page of a foreign site that had its name resolve to this machine.
 * @throws Error when the URL is not http or https
 */
export function originsOf(publicUrl: string): Origins {
  const url = new URL(publicUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error(`console: not an http(s) URL: ${publicUrl}`);
  const names = loopbackNames.includes(url.hostname) ? loopbackNames : [url.hostname];
  const suffix = url.port === "" ? "" : `:${url.port}`;
  const hosts = names.map((name) => name + suffix);
  return {
    secure: url.protocol === "https:",
    port: url.port,
    hosts: new Set(hosts),
    origins: new Set(hosts.map((host) => `${url.protocol}//${host}`)),
  };
}
