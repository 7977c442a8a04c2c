import type { ApprovalService, Approver } from "../../../gateway/domain/ports.ts";

const everyMs = 1_000;

/** A card on its approver's screen for so long, reported as a page reports it; `advance` moves the clock of the desk. */
export async function lookAt(
  service: Pick<ApprovalService, "viewing">,
  id: string,
  by: Approver,
  ms: number,
  advance: (ms: number) => void,
): Promise<void> {
  for (let left = ms; left > 0; left -= everyMs) {
    await service.viewing(id, by, true);
    advance(Math.min(everyMs, left));
  }
  await service.viewing(id, by, false);
}
