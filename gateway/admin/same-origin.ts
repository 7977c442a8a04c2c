import type { RequestHandler } from "express";
import { Refusal } from "../domain/errors.ts";
import type { Origins } from "./origins.ts";

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
