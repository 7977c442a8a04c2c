/** The same rules about the log, carried out by a real `opa run` and by the gateway: the same is removed, replaced and dropped. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newContext, type RequestContext } from "../../../gateway/domain/exchange.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import { noProvenance } from "../../../gateway/domain/provenance.ts";
import type { ActivePolicy } from "../../../gateway/domain/ports.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { labelsText } from "../../../gateway/record/decision/decision-line.ts";
import { DecisionTexts } from "../../../gateway/record/decision/decision-text.ts";
import { decide } from "../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import { opaBuilt } from "../../support/bundles/opa-built.ts";
import { opaRun } from "../../support/bundles/opa-run.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { Collector } from "../../support/ship/collector.ts";
import { archiveRoom, main } from "../../unit/bundles/support/archive-room.ts";

const rules: Readonly<Record<string, string>> = {
  removed: 'mask contains "/input/context/arguments/card"\n\nmask contains "/input/subject/properties/claims"\n',
  "removed by name": 'mask contains {"op": "remove", "path": "/input/context/arguments/card"}\n',
  "not there": 'mask contains "/input/context/nothing/at/all"\n',
  replaced: 'mask contains {"op": "upsert", "path": "/input/context/arguments/iban", "value": {"kept": [1, null]}}\n',
  "added to what is there":
    'mask contains {"op": "upsert", "path": "/input/context/arguments/note", "value": "added"}\n',
  "depending on the record": 'mask contains "/input/context/arguments" if input.result.effect == "deny"\n',
  "of the answer": 'mask contains {"op": "upsert", "path": "/result/reasons", "value": []}\n',
  "all of the input": 'mask contains "/input"\n',
  none: 'mask contains "/input" if input.result.effect == "allow"\n',
  dropped: 'drop if input.input.context.arguments.card == "4111"\n',
  "not dropped": "drop := false\n",
};

const args = { card: "4111", iban: "DE00", list: [1, 2] };
const [call, who] = [toolCall({ arguments: args }), subject({ claims: { tenant: "acme" } })];
const told = main.replace("data.team.told", '"said"');

const room = await archiveRoom();
let whole: JsonObject;
beforeAll(async () => void (whole = recordBy(await policyWith(""))));
afterAll(() => room.remove());

const modules = (rule: string) => ({
  "sallyport/main/main.rego": told,
  ...(rule === "" ? {} : { "system/log/log.rego": `package system.log\n\n${rule}` }),
});

/** The event that OPA sends of the question, null for none: then it has sent the next one. */
async function ofOpa(rule: string, input: object): Promise<JsonObject | null> {
  const collector = new Collector();
  await collector.listen();
  const file = join(room.root, "bundle.tar.gz");
  await writeFile(file, await opaBuilt(modules(rule)));
  const running = await opaRun({
    services: { logs: { url: collector.url } },
    decision_logs: { service: "logs", reporting: { min_delay_seconds: 1, max_delay_seconds: 1 } },
    bundles: { policy: { resource: `file://${file}` } },
  });
  const ask = (path: string, body: object) =>
    fetch(`${running.url}/v1/data/${path}`, { method: "POST", body: JSON.stringify(body) });
  try {
    await eventually("its bundle is active", async () =>
      ((await (await ask("sallyport/main/visible", {})).json()) as JsonObject)["result"] === undefined ? null : true,
    );
    await ask("sallyport/main/decision", { input });
    await ask("sallyport/main/result", {});
    await eventually("the last event", () =>
      collector.events.some(({ path }) => path === "sallyport/main/result") ? true : null,
    );
    return (collector.events.find(({ path }) => path === "sallyport/main/decision") as JsonObject | undefined) ?? null;
  } finally {
    await running.stop();
    await collector.close();
  }
}

async function policyWith(rule: string): Promise<ActivePolicy> {
  const files = modules(rule);
  for (const [path, text] of Object.entries(files)) await room.folder.write(path, text);
  const bundles = room.folder.bundles({ engine: createPolicyEngine(), sources: [room.only], watch: false });
  await bundles.start();
  return bundles.active() as ActivePolicy;
}

/** The record of the gateway, of the same call. */
function recordBy(policy: ActivePolicy): JsonObject {
  const known = facts({ policy, provenance: noProvenance });
  const input = callInput(call, who, known);
  const request = { method: "POST", url: "/x", rawHeaders: [] };
  const made = newContext({ decisionId: "d_1", request, startedAt: 0, route: call.route });
  const context: RequestContext = { ...made, call, facts: known, subject: who, input };
  const kept = { keep: "full", maxBytes: 65_536 } as const;
  const texts = new DecisionTexts({ labels: labelsText("gw", "test"), maskPointers: [], arguments: kept });
  const at = { now: Date.parse("2026-11-29T10:00:00.000Z"), monotonic: 1 };
  return JSON.parse(`{"seq":1${texts.of(context, decide(policy, input), at, 0).members}}`) as JsonObject;
}

test.each(Object.entries(rules))("rules about the log: %s", async (name, rule) => {
  const own = recordBy(await policyWith(rule));
  const event = await ofOpa(rule, whole["input"] as object);
  if (event === null) {
    expect(name).toBe("dropped");
    expect(own).toMatchObject({ dropped: true, input: null, tool: "payments/create_refund" });
    expect(JSON.stringify(own)).not.toContain("4111");
    return;
  }
  expect(own["input"]).toEqual(event["input"] ?? null);
  const beyond = (own["erased"] as string[]).filter((one) => !(whole["erased"] as string[]).includes(one));
  expect(beyond.toSorted()).toEqual(((event["erased"] ?? []) as string[]).toSorted());
  expect(own["masked"]).toEqual(event["masked"] ?? []);
  expect((own["result"] as JsonObject)["reasons"]).toEqual((event["result"] as JsonObject)["reasons"]);
});
