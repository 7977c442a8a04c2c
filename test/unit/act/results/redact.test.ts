import { redact, redactToolResult } from "../../../../gateway/act/results/redact.ts";
import type { Redaction } from "../../../../gateway/domain/result.ts";
import { type JsonObject, type JsonValue, parseExact } from "../../../../gateway/lib/json.ts";
import { findWords } from "../../../support/find-words.ts";

const find = findWords({ email: /[a-z]+@[a-z.]+/g, card: /4111[0-9]+/g });
const without = (text: string, ...redactions: Redaction[]) => {
  const { value, count } = redact(parseExact(text) as JsonObject, redactions, find);
  return [JSON.stringify(value), count];
};

test("removes the value at a pointer: a text is replaced, anything else is null", () => {
  const text = '{"a":{"b~/c":"x","n":1.50},"list":[1,{"k":true}]}';
  expect(without(text, { pointer: "/a/b~0~1c" })).toEqual([
    '{"a":{"b~/c":"[redacted]","n":1.50},"list":[1,{"k":true}]}',
    1,
  ]);
  expect(without(text, { pointer: "/a" }, { pointer: "/list/1/k" })).toEqual(['{"a":null,"list":[1,{"k":null}]}', 2]);
});

test("a pointer to nothing, and one to null, removes nothing", () => {
  expect(
    without(
      '{"a":null,"list":[1]}',
      { pointer: "/b/c" },
      { pointer: "/list/1" },
      { pointer: "/list/01" },
      { pointer: "/a" },
    ),
  ).toEqual(['{"a":null,"list":[1]}', 0]);
});

test("removes what a detector finds from texts, keys and numbers, and only that", () => {
  const text =
    '{"to":"write to eve@evil.example, now","eve@evil.example":1,"bob@evil.example":2,"card":4111222233334444}';
  expect(without(text, { detector: "email" }, { detector: "card" })).toEqual([
    '{"to":"write to [redacted], now","[redacted]":1,"[redacted] 2":2,"card":null}',
    4,
  ]);
});

test("removes what a pattern matches; pieces that touch or overlap are one", () => {
  expect(without('{"a":"one secret-42 two"}', { pattern: "secret-[0-9]+" }, { pattern: "ret-4" })).toEqual([
    '{"a":"one [redacted] two"}',
    1,
  ]);
  expect(without('{"a":"x"}', { pattern: "y*" })).toEqual(['{"a":"x"}', 0]);
});

test("numbers keep their digits and keys that reach a prototype stay keys", () => {
  const text = '{"big":12345678901234567890,"small":1.10,"exp":1E+2,"a":"eve@evil.example"}';
  expect(without(text, { detector: "email" })[0]).toBe(text.replace("eve@evil.example", "[redacted]"));
});

describe("a tool's result", () => {
  const structured = { name: "Eve", email: "eve@evil.example", age: 40 };
  const removed = (of: JsonObject, pointer: string, fits = (_: JsonValue) => true) =>
    redactToolResult(of, [{ pointer }], find, fits) ?? { value: null, count: 0 };
  const result = (...texts: string[]) => ({
    content: texts.map((text) => ({ type: "text", text })),
    structuredContent: structured,
  });

  it("keeps the structured value and the text that repeats it the same, however that is spaced and ordered", () => {
    const copy = JSON.stringify({ age: 40, name: "Eve", email: "eve@evil.example" }, null, 2);
    const { value } = removed(result(copy), "/structuredContent/email");
    const { content, structuredContent } = value as unknown as {
      content: { text: string }[];
      structuredContent: object;
    };
    expect(JSON.parse(content[0]?.text ?? "")).toEqual(structuredContent);
    expect(structuredContent).toEqual({ name: "Eve", email: "[redacted]", age: 40 });
  });

  it("removes what a pointer took out of the structured value from the other texts too", () => {
    const { value, count } = removed(result("Her address is eve@evil.example."), "/structuredContent/email");
    expect(JSON.stringify(value)).not.toContain("eve@");
    expect(count).toBe(2);
  });

  it("removes it from copies of parts, from resources and from JSON within a sentence", () => {
    const note = 'Contract with ACME.\nPrice: 12,000 "final"';
    const parts = { result: [{ id: 17, note, pin: 731 }, { id: 18 }], other: { ids: [17] } };
    const block = (text: string) => ({ type: "text", text });
    const { value } = removed(
      {
        content: [
          block(JSON.stringify(parts.result[0], null, 2)),
          { type: "resource", resource: { uri: "a:b", text: JSON.stringify(parts) } },
          { type: "resource", resource: { uri: "a:c", text: `It says: ${note}` } },
          block(`Result: {"note":${JSON.stringify(note)}}`),
          block(JSON.stringify([{ id: 18 }])),
          block('{"note":"x","note":"Contract with ACME.\\nPrice: 12,000 \\"final\\""}'),
        ],
        structuredContent: parts,
      },
      "/structuredContent/result/0",
    );
    const left = (value as unknown as { content: { text?: string; resource?: { text: string } }[] }).content;
    const texts = left.map(({ text, resource }) => text ?? resource?.text);
    expect(texts.join()).not.toMatch(/ACME|final|731/);
    expect(texts[0]).toBe('{"id":null,"note":"[redacted]","pin":null}');
    expect(texts[1]).toBe('{"result":[null,{"id":18}],"other":{"ids":[17]}}');
    expect(texts.slice(3)).toEqual([
      'Result: {"note":"[redacted]"}',
      '[{"id":18}]',
      '{"note":"x","note":"[redacted]"}',
    ]);
  });

  it("leaves short values in other texts, where they stand by chance", () => {
    const { value } = removed(result("40 people"), "/structuredContent/age");
    expect(value).toMatchObject({ content: [{ text: "40 people" }], structuredContent: { age: null } });
  });

  describe("that has to fit a schema", () => {
    const asText = (left: JsonValue) =>
      (left as JsonObject)["email"] === undefined || (left as JsonObject)["email"] === "x@y";

    it("loses the member where a mark would not fit", () => {
      const { value } = removed(result(JSON.stringify(structured)), "/structuredContent/email", asText);
      expect(value).toMatchObject({ structuredContent: { name: "Eve", age: 40 } });
      expect(JSON.stringify(value)).not.toContain("email");
    });

    it("is withheld where neither fits", () => {
      expect(redactToolResult(result("a"), [{ pointer: "/structuredContent/email" }], find, () => false)).toBeNull();
    });

    it("is not looked at when nothing of it was removed", () => {
      const never = () => expect(true).toBe(false) as never;
      expect(removed(result("eve@evil.example"), "/structuredContent/none", never).value).not.toBeNull();
    });
  });
});
