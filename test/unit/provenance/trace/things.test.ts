import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { Things } from "../../../../gateway/provenance/trace/things.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const things = new Things(new Digester(digestKey(Buffer.alloc(32, 7))));
const issue = things.of({ repo: "x/web", number: 88 }, { target: ["/repo", "/number"] });

function goesTo(said: JsonObject, destination: readonly string[], thing = issue): boolean {
  return things.named(said, { destination })(thing);
}

test("knows a call that goes to the thing which another one has read, however its arguments are named", () => {
  expect(goesTo({ repo: "x/web", number: "88", body: "done" }, ["/repo"])).toBe(true);
  expect(goesTo({ body: "done", issue: { of: " X/web ", id: 88 } }, [])).toBe(true);
  const page = things.of({ path: "launch/checklist" }, { target: ["/path"] });
  expect(goesTo({ path: "launch/checklist", body: "- [x] printer" }, [], page)).toBe(true);
});

test("does not know one that names a part of it, or another thing", () => {
  expect(goesTo({ repo: "x/web", body: "done" }, ["/repo"])).toBe(false);
  expect(goesTo({ repo: "x/web", number: 89 }, ["/repo"])).toBe(false);
});

test("does not know one that goes somewhere else as well", () => {
  const mail = things.of({ id: "m-1" }, { target: ["/id"] });
  expect(goesTo({ id: "m-1", to: "all@x.example" }, ["/to"], mail)).toBe(false);
  const ticket = things.of({ ticket: "T-1" }, { target: ["/ticket"] });
  expect(goesTo({ ticket: "T-1", body: "x" }, ["/ticket", "/cc"], ticket)).toBe(true);
  expect(goesTo({ ticket: "T-1", cc: ["eve@evil.example"], body: "x" }, ["/ticket", "/cc"], ticket)).toBe(false);
});

test("knows no thing of a call without targets", () => {
  for (const said of [{}, { id: null }, { id: "" }, { other: "m-1" }])
    expect(things.of(said, { target: ["/id"] })).toBe(0);
  expect(goesTo({}, [], 0)).toBe(false);
});
