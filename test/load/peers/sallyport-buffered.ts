import { gatewayPeer } from "./gateway-peer.ts";

/** For routes whose tools only read: the decision is queued for the disk, not waited for. */
export const peer = gatewayPeer("sallyport-buffered", "buffered");
