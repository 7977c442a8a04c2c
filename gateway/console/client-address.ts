import { isIP } from "node:net";
import type { Request } from "express";

/**
 * The IP address that a request comes from. Express reads it from X-Forwarded-For when the connection comes from a trusted
 * proxy (`listeners.console.trusted_proxies`); what is no address there does not count.
 */
export function clientAddress(req: Request): string {
  const { ip = "" } = req;
  return isIP(ip) === 0 ? (req.socket.remoteAddress ?? "") : ip;
}
