import { gatewayPeer } from "./gateway-peer.ts";

/** As shipped: verified ES256 token, starter policy with fuel, and the decision on disk before the first upstream byte. */
export const peer = gatewayPeer("sallyport", "strict");
