import type { LogConsumer, ReachedSegment } from "../domain/ports.ts";
import type { ShipSettings } from "../domain/shipping.ts";
import { CursorDamaged, CursorFile } from "./position.ts";

/** How far destinations have come, as their cursors on disk say: retention waits for them. */
export function logConsumers(cursors: string, destinations: readonly ShipSettings[]): LogConsumer[] {
  return destinations.map(({ name, retainMs }) => {
    const file = new CursorFile(cursors, name);
    return { name, retainMs, reached: () => reachedIn(file) };
  });
}

/** Null when it has had nothing, or what it has had is not known. */
function reachedIn(file: CursorFile): ReachedSegment | null {
  try {
    return file.read();
  } catch (failure) {
    if (failure instanceof CursorDamaged) return null;
    throw failure;
  }
}
