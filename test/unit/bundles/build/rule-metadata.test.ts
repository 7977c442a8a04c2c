import { metadataProblems } from "../../../../gateway/bundles/build/rule-metadata.ts";
import { mainRego, policyFolder } from "../support/policy-folder.ts";

const good = { code: "REFUND_AT_NIGHT", severity: "medium", controls: ["ASI02"], owner: "payments" };

test.each([
  [{ severity: "mediun" }, "custom.severity: expected one of critical, high, medium, low (did you mean medium?)"],
  [{ severity: 3 }, "custom.severity: expected one of critical, high, medium, low"],
  [{ code: "refund-at-night" }, "custom.code: expected capital letters, digits and underscores"],
  [{ code: 7 }, "custom.code: expected capital letters, digits and underscores"],
  [{ controls: "ASI02" }, "custom.controls: expected a list of texts"],
  [{ controls: [2] }, "custom.controls: expected a list of texts"],
])("names what is wrong in %j", (changed, problem) => {
  expect(metadataProblems({ ...good, ...changed })).toEqual([expect.stringContaining(problem)]);
});

test("takes METADATA with parts of its own or without ours, and asks about a name that is nearly ours", () => {
  expect(metadataProblems(good)).toEqual([]);
  expect(metadataProblems({})).toEqual([]);
  expect(metadataProblems({ ...good, runbook: "https://runbooks.example/7" })).toEqual([]);
  expect(metadataProblems({ code: "A", sevrity: "low" })).toEqual([
    "custom.sevrity: unknown name (did you mean severity?)",
  ]);
});

test("refuses a policy whose rule has METADATA that no reason can be built from, with file and line", async () => {
  const rule = `package sallyport.rules.refunds.night

# METADATA
# title: Not at night
# custom:
#   code: REFUND_AT_NIGHT
#   severity: mediun
deny contains rego.metadata.rule().title
`;
  const folder = await policyFolder({
    "sallyport/main/main.rego": mainRego("ONE"),
    "sallyport/rules/refunds/night/night.rego": rule,
  });
  try {
    const bundles = folder.bundles({ watch: false });
    await expect(bundles.start()).rejects.toThrow(
      /^sallyport\/rules\/refunds\/night\/night\.rego:\d: METADATA custom\.severity: expected one of .*did you mean medium/,
    );
  } finally {
    await folder.remove();
  }
});
