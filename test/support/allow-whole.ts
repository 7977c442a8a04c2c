import type { PolicyCopy } from "./policy-copy.ts";

/** Of tools of which no rule has anything to say, whatever the session has read. */
const fact = { sensitivity: "low", reversible: true, mutates: false, sink: "none", owner: "tests", labels: [] };
const methods = [
  ..."resources/list resources/read resources/templates/list resources/subscribe resources/unsubscribe".split(" "),
  ..."prompts/list prompts/get completion/complete logging/setLevel subscriptions/listen".split(" "),
  ..."tasks/get tasks/result tasks/update tasks/cancel".split(" "),
];

/** Lets the role `support` use all of a server, these tools in its catalog. */
export async function allowWhole(copy: PolicyCopy, server: string, tools: readonly string[]): Promise<void> {
  const facts = { ...fact, returns: { own_text: true } };
  await copy.addData("catalog", { [server]: Object.fromEntries(tools.map((name) => [name, facts])) });
  const allowed = Object.fromEntries(methods.map((method) => [method, true]));
  await copy.addData("entitlements", { support: { [server]: { tools: { "*": true }, methods: allowed } } });
}
