import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { effectOf } from "./effect.ts";
import type { Scene } from "./scene.ts";

const call = { method: "GET", path: "/payments/v1/refunds" } as const;
const withinMs = 60_000;
const lookEveryMs = 50;

export const brokenReload: Scene = {
  name: "broken-reload",
  protocol: "http",
  title: "a rule is saved with a syntax error, and the last good policy keeps judging",
  expected: "allow, and still allow",
  executions: 1,
  async play({ refundBot, payments, ruleFile, readiness }) {
    const before = await refundBot.call(call);
    const rule = await readFile(ruleFile, "utf8");
    await writeFile(ruleFile, `${rule}\ndeny contains if {\n`);
    const complaint = await until(
      async () => located(await readiness(), basename(ruleFile)),
      "the gateway did not report the broken rule",
    );
    const counted = (await payments.counts()).executions["list_refunds"] ?? 0;
    const answer = await refundBot.call(call);
    const after = (await payments.counts()).executions["list_refunds"] ?? 0;
    await writeFile(ruleFile, rule);
    await until(
      async () => (located(await readiness(), basename(ruleFile)) === null ? true : null),
      "the mended rule was not taken",
    );
    return {
      observed: `${effectOf(before)}, and still ${effectOf(answer)}`,
      executions: after - counted,
      decisionId: answer.decisionId,
      said: complaint,
      ms: answer.ms,
    };
  },
};

/** `file.rego:line: message` out of the readiness report; null while it names no such place. */
function located(report: string, file: string): string | null {
  const start = report.search(new RegExp(`[\\w/.-]*${file.replaceAll(".", "\\.")}:\\d+`));
  return start < 0 ? null : (report.slice(start).split(/["\\]/)[0] ?? null);
}

async function until<T>(look: () => Promise<T | null>, complaint: string): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error(`${complaint} within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
