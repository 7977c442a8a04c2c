import type { Background } from "./background.ts";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import { CallsUnderWay } from "../endings/calls-under-way.ts";
import { credentialSweep } from "../endings/credential-sweep.ts";
import { AccessEndings } from "../endings/endings.ts";
import { StoreSharedEndings } from "../endings/shared-endings.ts";
import { credentialValidity } from "../identify/credential-validity.ts";
import type { AnyConnection } from "../store/engines.ts";
import { endNoticeStore } from "../store/end-notices.ts";
import { processStore } from "../store/processes.ts";
import type { Store } from "./open-store.ts";

interface OpenEndingsDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly background: Background;
  readonly onChange: Store["onChange"];
  /** This process, among those that share the store. */
  readonly process: string;
}

/** What runs, and how it ends before its time. */
export interface AccessControl {
  readonly underWay: CallsUnderWay;
  /** Of this process. */
  readonly endings: AccessEndings;
  /** Of all that share the store. */
  readonly shared: StoreSharedEndings;
  stop(): Promise<void>;
}

/** How often the others' ends are looked for: a look is one read of memory as long as nobody writes. */
const lookEveryMs = 100;
const sweepEveryMs = 250;

export async function openEndings(
  connection: AnyConnection,
  { clock, ids, logger, background, onChange, process }: OpenEndingsDeps,
): Promise<AccessControl> {
  const underWay = new CallsUnderWay(clock, () => shared.upToDate());
  const endings = new AccessEndings(underWay);
  const stores = { store: endNoticeStore(connection), processes: processStore(connection) };
  const deps = { ...stores, endings, process, clock, ids, logger };
  const shared: StoreSharedEndings = await StoreSharedEndings.open(deps);
  const stops = [
    background.every(lookEveryMs, {
      name: "access-ends",
      failing: "access that another process ended is not ended here",
      severity: "unready",
      work: () => shared.lookAnew(),
      hurriedBy: (run) => onChange(["end_notices"], run),
    }),
    background.every(sweepEveryMs, {
      name: "credentials-ended",
      failing: "streams and calls that outlive their caller's credential are not cut",
      severity: "unready",
      work: credentialSweep({ underWay, validity: credentialValidity, clock, logger }),
    }),
  ];
  return {
    underWay,
    endings,
    shared,
    async stop(): Promise<void> {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
