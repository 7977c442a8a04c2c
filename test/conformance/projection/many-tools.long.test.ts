import { readFileSync } from "node:fs";
import type { InputDocument } from "../../../gateway/domain/policy-input.ts";
import { callTool, policyWithTools } from "./many-tools.ts";
import { pairFrom } from "./pairs.ts";
import { goldenFile } from "../../support/policy-copy.ts";

const golden = goldenFile("allows-a-low-read");
const { input } = JSON.parse(readFileSync(golden, "utf8")) as { readonly input: InputDocument };

test("judges a call of one among 300 tools for what one among ten costs, by that tool's own rules", async () => {
  const [few, many] = await Promise.all([policyWithTools(10), policyWithTools(300)]);
  expect(callTool(many, input, 299, 299).effect).toBe("allow");
  const denied = callTool(many, input, 299, 300);
  expect(denied.reasons).toMatchObject([{ code: "ABOVE_299", rule: "tools/payments/tool-299/run" }]);
  expect(callTool(many, input, 299, 0).fuel / callTool(few, input, 9, 0).fuel).toBeLessThan(1.05);
});

test("takes no more fuel for large arguments when the rules of the called tool do not read them", async () => {
  const policy = await pairFrom(
    {
      "main/main.rego": `package main

deny contains each if {
	properties := input.resource.properties
	some each in data.tools[properties.server][properties.tool].deny
}
`,
      "tools/read.rego": 'package tools.crm["find/ticket"]\n\ndeny contains "shut" if input.context.time.hour < 8\n',
      "tools/write.rego":
        'package tools.crm.update\n\ndeny contains "long" if count(input.context.arguments.text) > 9\n',
    },
    { main: "main/deny" },
  );
  const ask = (tool: string, text: string) => {
    const document = {
      resource: { properties: { server: "crm", tool } },
      context: { arguments: { text }, time: { hour: 7 } },
    };
    const asked = document as unknown as InputDocument;
    return policy.projected.evaluate("main/deny", { document: asked, text: JSON.stringify(document) });
  };
  const long = "x".repeat(100_000);
  expect(ask("find/ticket", "x").results).toEqual([{ result: ["shut"] }]);
  expect(ask("find/ticket", long).fuel).toBe(ask("find/ticket", "x").fuel);
  expect(ask("update", long).results).toEqual([{ result: ["long"] }]);
  expect(ask("update", long).fuel).toBeGreaterThan(ask("update", "x").fuel * 10);
});
