import { Refusal } from "./errors.ts";

/** Of the gateway's own: what answers, by path and method. */
export interface Endpoint<Handler> {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

/**
 * @param others what there is, for whoever asks for something else
 * @returns the handler, and the first group of the path's pattern, null where there is none
 * @throws Refusal route_unknown, method_refused
 */
export function endpointAt<Handler>(
  endpoints: readonly Endpoint<Handler>[],
  { method, path }: { readonly method: string; readonly path: string },
  others?: string,
): { readonly handler: Handler; readonly id: string | null } {
  const endpoint = endpoints.find((one) => one.path.test(path));
  if (endpoint === undefined) throw new Refusal("route_unknown", others === undefined ? {} : { hint: others });
  const { methods } = endpoint;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined) throw notAllowed(Object.keys(methods));
  return { handler, id: endpoint.path.exec(path)?.[1] ?? null };
}

/** Refusal method_refused, whose answer names the methods that there are (RFC 9110 §15.5.6). */
export function notAllowed(methods: Iterable<string>): Refusal {
  const allowed = [...methods].join(", ");
  return new Refusal("method_refused", { hint: `allowed: ${allowed}`, headers: { Allow: allowed } });
}
