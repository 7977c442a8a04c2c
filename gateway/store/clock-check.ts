/** Clocks of gateways have to agree to about a second; more than this is a finding. */
const mostApartMs = 3_000;
/** Changes smaller than this are the way to the database and back, and are not told anew. */
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
  let told: number | null = null;
  return function assertAgrees({ before, after, database }) {
    const apart = Math.max(0, before - database) - Math.max(0, database - after);
    if (Math.abs(apart) <= (told === null ? mostApartMs : mostApartMs - jitterMs)) {
      told = null;
      return;
    }
    if (told === null || Math.abs(apart - told) > jitterMs) told = apart;
    const seconds = Math.round(Math.abs(told) / 1_000);
    const fix = "set the clocks of the gateways and of the database by NTP";
    throw Object.assign(
      new Error(`the clock of this gateway is ${seconds} s ${told > 0 ? "ahead of" : "behind"} the database's`),
      {
        fix,
      },
    );
  };
}
