import packageFile from "../../package.json" with { type: "json" };
import type { Config } from "../config/config.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { Tracing } from "../traces/tracing.ts";

/** Null where the configuration names no receiver: then the request path is as if there were no traces. */
export function openTracing(
  { traces, instance, environment, secret }: Config,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Tracing | null {
  if (traces === null) return null;
  const sender = { instance, environment, version: packageFile.version };
  return new Tracing(traces, { sender, clock, logger, secret });
}
