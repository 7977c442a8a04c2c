/** Clocks of gateways have to agree to about a second; more than this is a finding. */
const mostApartMs = 3_000;
/** Changes smaller than this are the way to the database and back, and are no news. */
const jitterMs = 1_000;

interface Asked {
  /** By the clock of this process, before the database was asked and when it had answered. */
  readonly before: number;
  readonly after: number;
  /** What the clock of the database said in between. */
  readonly database: number;
}

/**
 * Whether the clock of this process agrees with that of the database: held calls, permissions and sign-ins of all gateways end when
 * any of them takes their time for up. What the way to the database may account for is no difference.
 * @returns what throws an Error with a `fix` while the clocks differ
 */
export function clockCheck(): (asked: Asked) => void {
  let reported: number | null = null;
  return function assertAgrees({ before, after, database }) {
    const apart = Math.max(0, before - database) - Math.max(0, database - after);
    if (Math.abs(apart) <= (reported === null ? mostApartMs : mostApartMs - jitterMs)) {
      reported = null;
      return;
    }
    if (reported === null || Math.abs(apart - reported) > jitterMs) reported = apart;
    const seconds = Math.round(Math.abs(reported) / 1_000);
    const fix = "set the clocks of the gateways and of the database by NTP";
    throw Object.assign(
      new Error(`the clock of this gateway is ${seconds} s ${reported > 0 ? "ahead of" : "behind"} the database's`),
      {
        fix,
      },
    );
  };
}
