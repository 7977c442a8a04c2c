import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { Refusal } from "../domain/errors.ts";
import type { AddressClass } from "../domain/route.ts";

const classes: Readonly<Record<string, AddressClass>> = {
  unicast: "public",
  private: "private",
  uniqueLocal: "private",
  loopback: "loopback",
  linkLocal: "link-local",
  unspecified: "unspecified",
  multicast: "multicast",
  broadcast: "multicast",
};

/** The class an address belongs to; IPv4 inside IPv6 counts as the IPv4 address it is. 169.254.169.254 is link-local. */
export function addressClass(address: string): AddressClass {
  return classes[ipaddr.process(address).range()] ?? "reserved";
}

/** Class of a literal address, with or without the brackets of URLs; null for a name, which has one only once resolved. */
export function literalClass(host: string): AddressClass | null {
  const address = unbracketed(host);
  return ipaddr.isValid(address) ? addressClass(address) : null;
}

/** True for addresses that only this machine reaches, and for the name `localhost`. */
export function isLoopback(host: string): boolean {
  return unbracketed(host).toLowerCase() === "localhost" || literalClass(host) === "loopback";
}

function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function assertAddress(address: string, allowed: ReadonlySet<AddressClass>): void {
  const found = addressClass(address);
  if (found !== "public" && !allowed.has(found)) {
    throw new Refusal("upstream_address_refused", { detail: `${address} is ${found}` });
  }
}

/**
 * Resolves a name and lets only allowed classes through; the socket then connects to the very address that was checked,
 * so a name that resolves differently between check and connect (DNS rebinding) has no effect.
 */
export function checkedLookup(allowed: ReadonlySet<AddressClass>): LookupFunction {
  return function lookup(hostname, options, callback) {
    systemLookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, "", 0);
      try {
        for (const { address } of found) assertAddress(address, allowed);
      } catch (refusal) {
        return callback(refusal as NodeJS.ErrnoException, "", 0);
      }
      const first = found[0];
      if (options.all === true) return callback(null, found);
      return first === undefined
        ? callback(new Error(`${hostname} has no address`), "", 0)
        : callback(null, first.address, first.family);
    });
  };
}

/** Sockets look up names only; an address written in the configuration is checked here. */
export function assertOrigin(origin: string, allowed: ReadonlySet<AddressClass>): void {
  const host = unbracketed(new URL(origin).hostname);
  if (isIP(host) !== 0) assertAddress(host, allowed);
}
