import { isIP } from "node:net";
import type { Request } from "express";

/** `203.0.113.7:50312`, `[2001:db8::7]:50312` or `[2001:db8::7]` (RFC 7239 §6). */
const withPort = /^(?:([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?)$/;

/**
 * The IP address that a request comes from. Express reads it from X-Forwarded-For when the connection comes from a trusted
 * proxy (`listeners.console.trusted_proxies`), with or without its port; what is no address there does not count.
 */
export function clientAddress(req: Request): string {
  const { ip = "" } = req;
  const address = withPort.exec(ip)?.slice(1).find(Boolean) ?? ip;
  return isIP(address) === 0 ? (req.socket.remoteAddress ?? "") : address;
}
