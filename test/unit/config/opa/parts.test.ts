import { mergedWithOpa } from "../../../../gateway/config/opa/opa-config.ts";
import { type OpaNotes, Section } from "../../../../gateway/config/opa/section.ts";
import { servicesOf } from "../../../../gateway/config/opa/services.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const section = (value: JsonObject): { root: Section; notes: OpaNotes } => {
  const notes: OpaNotes = { faults: [], ignored: [] };
  return { root: new Section(value, [], notes), notes };
};

test("names the place of an option in the OPA configuration, and none for what is not from there", () => {
  const services = [{ name: "acme", url: "https://a.example.com" }];
  const own = { policy: { sources: ["library", "./policy"] }, labels: { tier: "one" } };
  const { origin, values } = mergedWithOpa(own, { services, bundles: { team: {} }, labels: { region: "eu" } });
  expect(origin(["policy", "services", "acme", "url"])).toEqual(["services", 0, "url"]);
  expect(origin(["policy", "sources", 2, "polling"])).toEqual(["bundles", "team", "polling"]);
  expect(origin(["policy", "sources", 1])).toBeNull();
  expect(origin(["labels", "tier"])).toBeNull();
  expect(values["labels"]).toEqual({ tier: "one", region: "eu" });
});

test("replaces variables that are set, and reads a number or a truth value where one results", () => {
  Object.assign(process.env, { PLANE_NUMBER: "5", PLANE_TRUTH: "true", PLANE_TEXT: "t" });
  const { root, notes } = section({
    a: "${PLANE_NUMBER}",
    b: ["${PLANE_TRUTH}"],
    c: "x-${PLANE_TEXT}-${PLANE_NONE}",
    d: "5",
    e: 1,
  });
  expect(["a", "b", "c", "d"].map((name) => root.take(name))).toEqual([5, [true], "x-t-${PLANE_NONE}", "5"]);
  root.end();
  expect(notes.ignored).toMatchObject([{ path: ["e"], at: "key" }]);
});

test("keeps a service's secret as a reference, and takes no token that stands in the file", () => {
  const { root, notes } = section({});
  const bearer = (token: string) => ({ acme: { url: "https://a.example.com", credentials: { bearer: { token } } } });
  const [named] = servicesOf(bearer("${PLANE_SECRET}"), root, notes);
  expect(named?.values).toMatchObject({ credentials: { bearer: { token: "env:PLANE_SECRET" } } });
  expect(notes.faults).toEqual([]);
  servicesOf(bearer("s3cret"), root, notes);
  expect(notes.faults).toMatchObject([{ path: ["services", "acme", "credentials", "bearer", "token"] }]);
  expect(JSON.stringify(notes)).not.toContain("s3cret");
});
