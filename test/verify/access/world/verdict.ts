import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { EndedBy } from "../../../../gateway/domain/revocation.ts";
import { eventually } from "../../../support/eventually.ts";
import { wholeLines } from "../../../support/record/whole-lines.ts";
import type { Failures } from "../../check.ts";
import type { AccessHouse } from "./house.ts";
import type { LateCallers } from "./late-callers.ts";
import type { Open, Scene, Told } from "./scene.ts";

/** From the answer to the operator on. Time in which a gateway waited for a processor is left out, as much again at most. */
const withinMs = 1_000;

export interface End {
  /** When the operator had the answer, on `performance.now()`. */
  readonly at: number;
  /** What every record has to say. */
  readonly by: Pick<EndedBy, "kind" | "id">;
}

export interface Figures {
  readonly cut_ms_most: number;
  readonly told_ms_most: number;
}

/** Whether everything of a scene has ended as it must; what has not is added to `failures`. */
export async function judgeScene(house: AccessHouse, scene: Scene, end: End, failures: Failures): Promise<Figures> {
  const waits = waitsFrom(end.at, house);
  const underWay = [...scene.calls, ...scene.streams];
  const cut = await Promise.all(underWay.map(({ item }) => cutAt(house, item, failures)));
  const told = await Promise.all([...underWay, ...scene.waiting].map((open) => judgeTold(open, failures)));
  const figures = {
    cut_ms_most: Math.round(Math.max(0, ...cut.map((at) => at - end.at))),
    told_ms_most: Math.round(Math.max(0, ...told.map(({ at }) => at - end.at))),
  };
  const limit = withinMs + Math.min(withinMs, await waits());
  if (figures.cut_ms_most > limit) failures.add(`a tool server saw the end after ${figures.cut_ms_most} ms`);
  if (figures.told_ms_most > limit) failures.add(`a caller was told after ${figures.told_ms_most} ms`);
  await judgeHeld(house, scene, end, failures);
  await judgeRecords(house, underWay, end, failures);
  for (const { item, kind } of underWay) if (kind === "mcp" || kind === "mcp-events") await cancelledAt(house, item);
  return figures;
}

/** Waits from `at` on. @returns how long the gateway that waited longest has waited for a processor since then, in milliseconds */
function waitsFrom(at: number, { gateways }: AccessHouse): () => Promise<number> {
  const pids = gateways.map(({ pid }) => pid);
  const before = setTimeout(Math.max(0, at - performance.now())).then(() => pids.map(waitedMs));
  return async () => {
    const begun = await before;
    return Math.max(...pids.map((pid, index) => waitedMs(pid) - (begun[index] ?? 0)));
  };
}

/** How long the main thread of a process has waited for a processor; 0 where the system does not say, and for a process that is gone. */
function waitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

async function cutAt({ upstream }: AccessHouse, item: string, failures: Failures): Promise<number> {
  const requests = upstream.of(item);
  if (requests.length !== 1) failures.add(`${item} reached the tool server ${requests.length} times`);
  return eventually(`${item} is cut`, () => requests[0]?.cutAt ?? null);
}

/** To servers before 2026-07-28 a closed connection means nothing: they have to be told. */
function cancelledAt({ upstream }: AccessHouse, item: string): Promise<number> {
  return eventually(`${item} is called off at its MCP server`, () => upstream.of(item)[0]?.cancelledAt ?? null, 5_000);
}

/** Whoever called is told that the call may have been executed, and whoever waited that it was not. */
async function judgeTold({ item, kind, told }: Open, failures: Failures): Promise<Told> {
  const ended = await told;
  const text = JSON.stringify(ended.answer?.body ?? null);
  const code = kind === "waiting" ? /access_revoked|gateway_stopped/ : /access_ended/;
  if (!code.test(text)) failures.add(`the caller of ${item} was told ${ended.answer?.status} ${text}`);
  return ended;
}

async function judgeHeld(house: AccessHouse, { held }: Scene, { by }: End, failures: Failures): Promise<void> {
  const items = await house.look((store) => Promise.all(held.map((id) => store.get(id))));
  for (const item of items) {
    if (item?.state !== "cancelled") failures.add(`${item?.id} is ${item?.state}`);
    else if (item.ended_by?.id !== by.id)
      failures.add(`${item.id} says that ${JSON.stringify(item.ended_by)} ended it`);
  }
}

interface Line {
  readonly kind: string;
  readonly decision_id: string;
  readonly outcome?: string;
  readonly ended_by?: EndedBy;
}

async function judgeRecords(house: AccessHouse, open: readonly Open[], { by }: End, failures: Failures): Promise<void> {
  const ids = open.map(({ item }) => house.upstream.of(item)[0]?.decisionId ?? item);
  const outcomes = await eventually("every outcome is recorded", async () => {
    const known = await outcomesOf(house);
    return ids.every((id) => known.has(id)) ? known : null;
  });
  for (const [at, { item }] of open.entries()) {
    const { outcome, ended_by } = outcomes.get(ids[at]!)!;
    if (outcome !== "aborted" || ended_by?.kind !== by.kind || ended_by.id !== by.id)
      failures.add(`the record of ${item} says ${outcome}, ${JSON.stringify(ended_by)}`);
  }
}

async function outcomesOf({ gateways }: AccessHouse): Promise<ReadonlyMap<string, Line>> {
  const texts = await Promise.all(
    gateways.map(async ({ logDir }) => {
      const names = (await readdir(logDir)).filter((name) => name.endsWith(".jsonl"));
      return Promise.all(names.map((name) => readFile(join(logDir, name), "utf8")));
    }),
  );
  const lines = texts
    .flat()
    .flatMap(wholeLines)
    .map((line) => JSON.parse(line) as Line);
  return new Map(lines.filter(({ kind }) => kind === "outcome").map((line) => [line.decision_id, line]));
}

/** Of the callers that went on: nobody who called after the end has reached the tool server, and whoever had begun was cut. */
export async function judgeLate(
  { upstream }: AccessHouse,
  callers: LateCallers,
  end: Pick<End, "at">,
  failures: Failures,
): Promise<number> {
  const late = await callers.stop();
  for (const { item, sentAt, status } of late) {
    const [begun] = upstream.of(item);
    if (begun !== undefined && sentAt > end.at) failures.add(`${item} began after access had ended`);
    if (begun !== undefined && begun.cutAt === null) failures.add(`${item} goes on after access has ended`);
    if (status !== 403)
      failures.add(`${item}, sent ${Math.round(sentAt - end.at)} ms after the end, was told ${status}`);
  }
  return late.filter(({ sentAt }) => sentAt > end.at).length;
}
