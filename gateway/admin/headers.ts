import type { RequestHandler } from "express";
import type { Origins } from "./origins.ts";

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
