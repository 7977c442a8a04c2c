import { scenes } from "./scenes/all.ts";
import { type Scene, type Stage, undecided } from "./scenes/scene.ts";
import type { Terminal } from "./terminal.ts";

/** One line of the machine-readable report. */
export interface SceneReport {
  readonly name: string;
  readonly protocol: "http" | "mcp";
  readonly expected: string;
  readonly observed: string;
  readonly executions: number;
  readonly decision_id: string | null;
  readonly ms: number;
  /** Only when the result was not the expected one. */
  readonly problem?: string;
}

export interface Report {
  readonly ok: boolean;
  readonly scenes: readonly SceneReport[];
}

/** Plays every scene; a failure does not stop the others. */
export async function perform(stage: Stage, out: Terminal): Promise<Report> {
  const reports: SceneReport[] = [];
  for (const scene of scenes) reports.push(await playOne(scene, stage, out));
  return { ok: reports.every((report) => report.problem === undefined), scenes: reports };
}

async function playOne(scene: Scene, stage: Stage, out: Terminal): Promise<SceneReport> {
  const { name, protocol, expected } = scene;
  out.begins(scene);
  const started = performance.now();
  try {
    const played = await scene.play(stage);
    out.ended(scene, played);
    const problem = await problemWith(scene, stage, played);
    if (problem !== null) out.failed(scene, problem);
    const { observed, executions, decisionId, ms } = played;
    return {
      name,
      protocol,
      expected,
      observed,
      executions,
      decision_id: decisionId,
      ms,
      ...(problem === null ? {} : { problem }),
    };
  } catch (failure) {
    const problem = failure instanceof Error ? failure.message : String(failure);
    out.failed(scene, problem);
    const ms = Math.round(performance.now() - started);
    return { name, protocol, expected, observed: "failure", executions: 0, decision_id: null, ms, problem };
  }
}

async function problemWith(
  scene: Scene,
  stage: Stage,
  played: Awaited<ReturnType<Scene["play"]>>,
): Promise<string | null> {
  const nobodyDecided = played.observed === undecided && scene.expected.startsWith("hold");
  if (nobodyDecided && played.executions > 0) return "nobody decided, and the call ran";
  if (!nobodyDecided && played.observed !== scene.expected)
    return `expected "${scene.expected}", observed "${played.observed}"`;
  if (!nobodyDecided && played.executions !== scene.executions)
    return `expected ${scene.executions} executions, the tool server counted ${played.executions}`;
  for (const server of [stage.payments, stage.crm]) {
    const { with_agent_token, without_credential } = await server.counts();
    if (with_agent_token > 0) return "an agent's own token reached a tool server";
    if (without_credential > 0) return "a call reached a tool server without the gateway's credential";
  }
  return null;
}
