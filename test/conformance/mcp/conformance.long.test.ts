/** A slice of `npm run conformance:mcp`: scenarios in which a gateway has most to spoil. */
import { transportSecurity } from "./compare.ts";
import { measure, measureAuthorization, measureClient } from "./measure.ts";
import { lax, published } from "./upstreams.ts";

const scenarios = ["server-stateless", "tools-list", "tools-call-elicitation", "dns-rebinding-protection"];

test.each(published)(
  "loses nothing that $name passes without the gateway",
  async (script) => {
    const { lost, both } = await measure([script], scenarios, () => undefined);
    expect(lost).toEqual([]);
    expect(both.length).toBeGreaterThan(0);
  },
  300_000,
);

test("passes the suite's scenarios of the transport's security though the server behind it judges nothing", async () => {
  const { lost, both, gained } = await measure([lax], null, () => undefined);
  expect(lost).toEqual([]);
  // Each scenario of each revision; the server itself passes less.
  const passed = [...both, ...gained].map((check) => check.replace(/^.*: (.*)\/.*$/, "$1"));
  expect(new Set(passed)).toEqual(
    new Set(Object.entries(transportSecurity).flatMap(([of, names]) => names.map((name) => `${of} ${name}`))),
  );
  expect(gained.filter((check) => /rebinding-rejected|reject-invalid|reject-param/.test(check))).toHaveLength(5);
}, 300_000);

test("loses nothing that the suite finds of a client without the gateway", async () => {
  const { lost, both } = await measureClient(() => undefined);
  expect(lost).toEqual([]);
  expect(both.length).toBeGreaterThan(30);
}, 900_000);

test("passes what the suite asks of an authorization server", async () => {
  const { lost, both } = await measureAuthorization(() => undefined);
  expect(lost).toEqual([]);
  expect(both.length).toBeGreaterThan(3);
}, 300_000);
