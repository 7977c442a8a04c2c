import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { inputClaims, purposeAt, taskTextAt, withoutClaim } from "../../../../gateway/identify/token/input-claims.ts";

const text = (length: number): string => "x".repeat(length);

function hintOf(read: () => unknown): string {
  try {
    return `accepted ${JSON.stringify(read())}`;
  } catch (thrown) {
    const { code, hint } = asRefusal(thrown);
    return `${code}: ${hint}`;
  }
}

test("leaves claims that fit as they are, and of others the largest out, as few as it takes", () => {
  const fitting = { sub: "bot", note: text(4000) };
  expect(inputClaims(fitting)).toEqual({ kept: fitting, omitted: [] });
  expect(inputClaims(fitting).kept).toBe(fitting);
  const groups = Array.from({ length: 300 }, (_, at) => `group-${at}`);
  const { kept, omitted } = inputClaims({ sub: "bot", zeta: text(3000), groups, tenant: "blue", note: text(2500) });
  expect(omitted).toEqual(["groups", "zeta"]);
  expect(kept).toEqual({ sub: "bot", tenant: "blue", note: text(2500) });
});

test("counts bytes, not characters, and takes equal claims by their names", () => {
  expect(inputClaims({ a: "ä".repeat(2000), b: "ä".repeat(2000), c: 1 })).toEqual({
    kept: { b: "ä".repeat(2000), c: 1 },
    omitted: ["a"],
  });
});

test("keeps what policy sees of any claims within its bounds", () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`claim-${at}`, at]));
  const { kept, omitted } = inputClaims({ ...many, ["n".repeat(2000)]: 1 });
  expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(4096);
  expect(omitted).toEqual(["*"]);
  const named = JSON.parse(`{"__proto__":"${text(4096)}","constructor":1}`);
  expect(inputClaims(named)).toEqual({ kept: { constructor: 1 }, omitted: ["__proto__"] });
});

test("cuts a purpose at its limit, and refuses one that is no plain text however long", () => {
  expect(purposeAt({ purpose: text(512) }, "purpose")).toEqual({ text: text(512), truncated: false });
  expect(purposeAt({ purpose: `${text(511)}😀` }, "purpose")).toEqual({ text: text(511), truncated: true });
  expect(purposeAt({ job: { why: text(600) } }, "/job/why")).toEqual({ text: text(512), truncated: true });
  expect(purposeAt({}, "purpose")).toBeNull();
  const refused = "token_invalid: its claim purpose is not a plain text";
  expect(hintOf(() => purposeAt({ purpose: "two\nlines" }, "purpose"))).toBe(refused);
  expect(hintOf(() => purposeAt({ purpose: `${text(600)}\n` }, "purpose"))).toBe(refused);
  expect(hintOf(() => purposeAt({ purpose: "" }, "purpose"))).toBe(refused);
});

test("takes the text of a task with its line breaks, up to 16 KiB of UTF-8", () => {
  const task = "Pay the bill\r\nof ann@shop.example.\n\t– at once 👩‍🚀\n";
  expect(taskTextAt({ task_text: task }, "task_text")).toEqual({ text: task, truncated: false });
  const whole = "ü".repeat(8192);
  expect(taskTextAt({ task_text: whole }, "task_text")).toEqual({ text: whole, truncated: false });
  expect(taskTextAt({ task_text: `${whole.slice(1)}a😀` }, "task_text")).toEqual({
    text: `${whole.slice(1)}a`,
    truncated: true,
  });
  expect(taskTextAt({ task: { text: "x" } }, "/task/text")).toEqual({ text: "x", truncated: false });
  for (const none of [{}, { task_text: null }, { task_text: "" }]) expect(taskTextAt(none, "task_text")).toBeNull();
});

test("puts blanks for other control characters of a task, which say nothing about it", () => {
  const pasted = "a\u001b[31mb\u0000c\u0085d\u007f\ud800";
  expect(taskTextAt({ task_text: pasted }, "task_text")?.text).toBe("a [31mb c d \ufffd");
  expect(hintOf(() => taskTextAt({ task_text: ["x"] }, "task_text"))).toBe(
    "token_invalid: its claim task_text is not a text",
  );
});

test("takes a claim out, wherever its pointer leads, and leaves the claims themselves alone", () => {
  const claims = { sub: "bot", task: { text: "secret", id: 7 }, texts: ["secret"] };
  expect(withoutClaim(claims, "/task/text")).toEqual({ sub: "bot", task: { id: 7 }, texts: ["secret"] });
  expect(withoutClaim(claims, "/texts/0")).toEqual({ sub: "bot", task: claims.task });
  expect(withoutClaim(claims, "task")).toEqual({ sub: "bot", texts: ["secret"] });
  expect(withoutClaim(claims, "/task/none")).toEqual(claims);
  expect(withoutClaim(claims, "constructor")).toBe(claims);
  expect(claims.task).toEqual({ text: "secret", id: 7 });
});
