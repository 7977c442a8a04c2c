import { asRefusal, errorCatalogue, Refusal } from "../../../gateway/domain/errors.ts";

const { sentence } = errorCatalogue.json_invalid;

describe("a refusal", () => {
  test("is its sentence where it is written into another one, without the name of a class", () => {
    expect(`It failed: ${String(new Refusal("store_unavailable", { detail: "the store is gone" }))}`).toBe(
      "It failed: the store is gone",
    );
  });

  test.each([
    ["nothing but its code", {}, sentence, sentence],
    ["a hint", { hint: "at byte 7" }, `${sentence} (at byte 7)`, `${sentence} (at byte 7)`],
    [
      "a place in the caller's words",
      { hint: "at byte 7", place: "/my words" },
      `${sentence} (at byte 7)`,
      `${sentence} (at byte 7, in /my words)`,
    ],
  ])("with %s tells the record and the caller what each may have", (_what, options, recorded, told) => {
    const refusal = new Refusal("json_invalid", options);
    expect([refusal.sentence, refusal.sentenceForCaller]).toEqual([recorded, told]);
    expect(refusal.message).not.toContain("my words");
  });

  test("is made of anything thrown", () => {
    const refusal = new Refusal("json_invalid");
    expect(asRefusal(refusal)).toBe(refusal);
    expect(asRefusal(new Error("why"))).toMatchObject({ code: "internal", detail: expect.stringContaining("why") });
    const indescribable = { toString: () => Object.create(null) as string };
    expect(asRefusal(indescribable)).toMatchObject({ code: "internal" });
  });
});
