import type { ShipSender, ShipSettings } from "../../domain/shipping.ts";
import { DecisionLogs } from "./decision-logs.ts";
import type { Destination } from "./destination.ts";
import { ObjectStore } from "./object-store.ts";
import { OtlpLogs } from "./otlp-logs.ts";
import type { ReceiverDeps } from "./receiver.ts";
import { StandardOutput } from "./standard-output.ts";
import { Syslog } from "./syslog.ts";

/** `dir`: folder of the log, for what an object store gets beside its lines. */
export function createDestination(
  { to, timeoutMs }: Pick<ShipSettings, "to" | "timeoutMs">,
  { dir, sender, ...given }: Omit<ReceiverDeps, "timeoutMs"> & { readonly dir: string; readonly sender: ShipSender },
): Destination {
  const deps = { ...given, timeoutMs };
  switch (to.kind) {
    case "opa":
      return new DecisionLogs(to, sender, deps);
    case "otlp":
      return new OtlpLogs(to, sender, deps);
    case "s3":
      return new ObjectStore(to, dir, deps);
    case "syslog":
      return new Syslog(to, sender, deps);
    case "stdout":
      return new StandardOutput(to, sender);
  }
}
