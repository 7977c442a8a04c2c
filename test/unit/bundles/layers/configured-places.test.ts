import { BundleFailure, TransientFailure } from "../../../../gateway/bundles/failure.ts";
import { adoptedRules } from "../../../../gateway/bundles/layers/adopted-rules.ts";
import { configuredPlaces, withConfiguredPlaces } from "../../../../gateway/bundles/layers/configured-places.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";

const at = (key: string, column: number) => ({ file: "sallyport.yaml", key, line: 8, column });
const [module] = adoptedRules([
  {
    path: "a/deny",
    servers: ["x"],
    input: "sallyport",
    configured: {
      whole: at("policy.adopt[0]", 7),
      path: at("policy.adopt[0].path", 15),
      input: at("policy.adopt[0].input", 40),
      unrouted: [],
    },
  },
]);
const text = module?.text ?? "";
const lineOf = (part: string): number => text.split("\n").findIndex((line) => line.includes(part)) + 1;
const file = "adopted/a_deny.rego";
const from = { source: "adopted", below: "a_deny.rego", defaults: false, roots: null, regoVersion: 1 } as const;
const files: readonly SourceFile[] = [
  {
    path: file,
    bytes: Buffer.from(text),
    from: { ...from, ...(module?.configured === undefined ? {} : { configured: module.configured }) },
  },
];

test.each([
  ["\tanswer := ", "sallyport.yaml:8:15: policy.adopt[0].path: is gone"],
  ["document := ", "sallyport.yaml:8:40: policy.adopt[0].input: is gone"],
  ["package ", "sallyport.yaml:8:7: policy.adopt[0]: is gone"],
])("a failure in the line of %j names the option that the line is made of", async (part, message) => {
  const location = { file, line: lineOf(part), message: "is gone" };
  const other = { file: "policy/b.rego", line: 1, message: "is wrong" };
  const said = `${file}:${location.line}:3: is gone\npolicy/b.rego:1: is wrong`;
  const failing = withConfiguredPlaces(files, () =>
    Promise.reject(new BundleFailure("compile", said, [location, other])),
  );
  const thrown = await failing.catch((failure: unknown) => failure as BundleFailure);
  expect(thrown.message).toBe(`${message}\npolicy/b.rego:1: is wrong`);
  expect(thrown.locations).toEqual(configuredPlaces(files, [location, other]));
  expect(thrown.locations[1]).toBe(other);
});

test("other failures, and what is done without one, stay as they are", async () => {
  const failure = new TransientFailure("compile", "no time is left");
  await expect(withConfiguredPlaces(files, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await withConfiguredPlaces(files, () => Promise.resolve(7))).toBe(7);
});
