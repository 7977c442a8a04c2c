import type { Peer } from "../peer.ts";
import { gatewayPeer } from "./gateway-peer.ts";

export interface ListedPeer {
  readonly name: string;
  readonly what: string;
  /** Loaded one by one, so that a package that is missing takes only its own row away. */
  load(): Promise<{ readonly peer: Peer }>;
}

/** The unit: what a request costs when nothing is judged. */
export const unitName = "bare-undici";

/** In the order of the table, which is the order of each round. */
export const listedPeers: readonly ListedPeer[] = [
  { name: "nginx-direct", what: "nginx that answers itself", load: () => import("./nginx-direct.ts") },
  { name: "nginx-proxy", what: "nginx, plain proxy", load: () => import("./nginx-proxy.ts") },
  { name: unitName, what: "bare node:http + undici dispatch (1 U)", load: () => import("./bare-undici.ts") },
  { name: "http-proxy-3", what: "http-proxy-3, keep-alive agent", load: () => import("./http-proxy-3.ts") },
  {
    name: "express-hpm",
    what: "Express + http-proxy-middleware, keep-alive agent",
    load: () => import("./express-hpm.ts"),
  },
  {
    name: "express-opa-wasm",
    what: "Express + opa-wasm as its README shows",
    load: () => import("./express-opa-wasm.ts"),
  },
  { name: "express-opa-server", what: "Express + undici + OPA server", load: () => import("./express-opa-server.ts") },
  { name: "sallyport", what: "Sallyport whole: token, policy, durable log", load: () => import("./sallyport.ts") },
  { name: "sallyport-buffered", what: "Sallyport, log buffered", load: () => import("./sallyport-buffered.ts") },
];

/**
 * The peers of a run: all, or those named and the unit. `against` is the folder of another checkout of this repository,
 * which then takes part in the same rounds: what a change costs or saves is told by such pairs alone.
 */
export function chosenPeers(only: readonly string[], against: string | null): ListedPeer[] {
  const chosen = listedPeers.filter(({ name }) => only.length === 0 || only.includes(name) || name === unitName);
  if (against === null) return chosen;
  const peer = gatewayPeer("against", "strict", { root: against });
  return [...chosen, { name: "against", what: "Sallyport of another checkout", load: () => Promise.resolve({ peer }) }];
}
