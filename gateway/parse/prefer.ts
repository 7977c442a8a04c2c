/**
 * How long the caller asked to be kept waiting (RFC 7240 §4): seconds of `wait`, 0 for `respond-async` alone,
 * null when neither is there. A preference that cannot be understood is ignored, as the RFC wants it.
 */
export function readPreferWait(prefer: string | null): number | null {
  if (prefer === null) return null;
  let async = false;
  for (const part of prefer.toLowerCase().split(",")) {
    const preference = part.split(";", 1)[0]?.trim() ?? "";
    const wait = /^wait ?= ?"?([0-9]{1,9})"?$/.exec(preference);
    // The first of several equal preferences counts (RFC 7240 §2).
    if (wait !== null) return Number(wait[1]);
    if (preference === "respond-async") async = true;
  }
  return async ? 0 : null;
}
