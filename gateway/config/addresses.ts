import ipaddr from "ipaddr.js";
import type { AddressClass } from "../domain/route.ts";

/** Host without the brackets that URLs put around IPv6 addresses. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** True for addresses that only this machine reaches, and for the name `localhost`. */
export function isLoopback(host: string): boolean {
  return bare(host).toLowerCase() === "localhost" || addressClass(host) === "loopback";
}

export function isEveryAddress(host: string): boolean {
  return addressClass(host) === "unspecified";
}

/** Class of a literal address; null for a name, which is only known when it is resolved. */
export function addressClass(host: string): AddressClass | null {
  const text = bare(host);
  if (!ipaddr.isValid(text)) return null;
  const range = ipaddr.process(text).range();
  switch (range) {
    case "unicast":
      return "public";
    case "private":
    case "uniqueLocal":
    case "carrierGradeNat":
      return "private";
    case "loopback":
    case "unspecified":
    case "multicast":
      return range;
    case "linkLocal":
      return "link-local";
    default:
      return "reserved";
  }
}
