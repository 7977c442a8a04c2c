import type { Row } from "./rows.ts";

export interface Goal {
  readonly goal: string;
  readonly wanted: number;
  readonly measured: number;
  readonly met: boolean;
}

/** The project's own aims, as far as the rows of this run can tell. Medians; a goal is at most `wanted`. */
export function goalsOf(rows: readonly Row[]): Goal[] {
  const units = (name: string): number | null => rows.find((row) => row.name === name)?.u.median ?? null;
  const own = units("sallyport");
  const to = (name: string): number | null => {
    const other = units(name);
    return own === null || other === null ? null : own / other;
  };
  return [
    goal("whole gateway, in U", 1.8, own),
    goal("whole gateway to http-proxy-3 without policy", 1, to("http-proxy-3")),
    goal("whole gateway to Express + OPA server", 1 / 5, to("express-opa-server")),
    goal("whole gateway to Express + stock SDK", 1 / 3, to("express-opa-wasm")),
  ].filter((entry) => entry !== null);
}

function goal(name: string, wanted: number, measured: number | null): Goal | null {
  return measured === null
    ? null
    : { goal: name, wanted, measured: Number(measured.toFixed(3)), met: measured <= wanted };
}
