import { withPinnedInstructions } from "../../../../gateway/act/results/pinned-instructions.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { evaluated } from "../../../support/builders.ts";

const sight = { arePinnedInstructions: async (_call: object, text: string) => text === "pinned" };
const answer = async (method: string, result: JsonObject) => {
  const text = `{"id":1,"result":${JSON.stringify(result)},"n":1.0}`;
  return withPinnedInstructions(sight, { evaluated: evaluated(), method, result, text });
};

test.each(["initialize", "server/discover"])(
  "of %s the pinned text passes, and another is left out",
  async (method) => {
    const pinned = { instructions: "pinned", capabilities: {} };
    expect(await answer(method, pinned)).toBe(`{"id":1,"result":${JSON.stringify(pinned)},"n":1.0}`);
    expect(await answer(method, { ...pinned, instructions: "other" })).toBe(
      '{"id":1,"n":1.0,"result":{"capabilities":{}}}',
    );
  },
);

test("of two texts under one name, the one that was looked at is written", async () => {
  const text = '{"id":1,"result":{"instructions":"other","instructions":"pinned"}}';
  const result = { instructions: "pinned" };
  const passed = await withPinnedInstructions(sight, { evaluated: evaluated(), method: "initialize", result, text });
  expect(passed).toBe('{"id":1,"result":{"instructions":"pinned"}}');
});

test("a result without instructions, and of another method, passes as it is", async () => {
  expect(await answer("initialize", { instructions: null })).toContain("null");
  expect(await answer("tools/call", { instructions: "other" })).toContain("other");
});

test.each([{ Instructions: "other" }, { instructions: ["other"] }])("%j is refused", async (result) => {
  await expect(answer("initialize", result)).rejects.toMatchObject({ code: "upstream_answer_refused" });
});
