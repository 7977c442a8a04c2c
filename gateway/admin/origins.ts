import type { RequestHandler } from "express";
import { Refusal } from "../domain/errors.ts";

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

const safe = new Set(["GET", "HEAD"]);

/** Refuses names that are not this console's: without it a rebound DNS name would make a foreign page same-origin. */
export function checkHost(origins: Origins): RequestHandler {
  return function refuseForeignHost(req, _res, next) {
    const host = req.headers.host?.toLowerCase() ?? "";
    if (!origins.hosts.has(host)) throw new Refusal("host_refused", { hint: [...origins.hosts].join(", ") });
    next();
  };
}

/**
 * Unsafe methods must come from this console's own page, or from a client that is no browser (it sends neither header).
 * Sec-Fetch-Site cannot be forged by a page (https://www.w3.org/TR/fetch-metadata/).
 */
export function checkOrigin(origins: Origins): RequestHandler {
  return function refuseForeignOrigin(req, _res, next) {
    if (safe.has(req.method)) return next();
    const site = req.headers["sec-fetch-site"];
    const origin = req.headers.origin;
    if (site !== undefined && site !== "same-origin") throw new Refusal("csrf_refused", { hint: "Sec-Fetch-Site" });
    if (origin !== undefined && !origins.origins.has(origin)) throw new Refusal("csrf_refused", { hint: "Origin" });
    next();
  };
}

/** Nothing inline, nothing from elsewhere, no frame; Trusted Types make even a mistaken innerHTML throw. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

export function securityHeaders(origins: Origins): RequestHandler {
  const headers: Record<string, string> = {
    "Content-Security-Policy": contentSecurityPolicy,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
    ...(origins.secure ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  };
  return function setSecurityHeaders(_req, res, next) {
    res.set(headers);
    next();
  };
}
