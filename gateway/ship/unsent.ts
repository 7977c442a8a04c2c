import type { LogConsumer } from "../domain/ports.ts";
import type { ShipSettings } from "../domain/shipping.ts";
import { CursorDamaged, CursorFile } from "./position.ts";

/** How far destinations have come, as their cursors on disk say: retention waits for them. */
export function logConsumers(cursors: string, destinations: readonly ShipSettings[]): LogConsumer[] {
  return destinations.map(({ name, retainMs }) => {
    const file = new CursorFile(cursors, name);
    return { name, retainMs, segment: () => segmentOf(file) };
  });
}

/** Number of the segment that it is in; 0 when it has had nothing, or what it has had is not known. */
function segmentOf(file: CursorFile): number {
  try {
    return file.read()?.number ?? 0;
  } catch (failure) {
    if (failure instanceof CursorDamaged) return 0;
    throw failure;
  }
}
