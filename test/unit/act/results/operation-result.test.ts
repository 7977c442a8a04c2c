import { toolResult } from "../../../../gateway/act/results/operation-result.ts";

const promised = (value: object) => "id" in value;

function result(
  status: number,
  type: string,
  body: string | Buffer,
  more: { era?: "modern"; promises?: boolean } = {},
) {
  const bytes = Buffer.from(body);
  const content =
    type === "application/json"
      ? ({ kind: "json", value: JSON.parse(String(body)) as never } as const)
      : type.startsWith("text/") || bytes.length === 0
        ? ({ kind: "text", value: String(body) } as const)
        : ({ kind: "other", value: null } as const);
  const operation = { promised: more.promises === true ? promised : null };
  return toolResult({ status, type, body: bytes, content }, operation, more.era ?? "legacy");
}

it("has JSON as structured content and as the text that came", () => {
  expect(result(201, "application/json", '{ "id": 1 }')).toEqual({
    content: [{ type: "text", text: '{ "id": 1 }' }],
    structuredContent: { id: 1 },
    isError: false,
    _meta: { "dev.sallyport/http": { status: 201 } },
  });
});

it("has structured content that is no object at 2026-07-28 alone", () => {
  expect(result(200, "application/json", "[1]")).not.toHaveProperty("structuredContent");
  expect(result(200, "application/json", "[1]", { era: "modern" })).toMatchObject({
    resultType: "complete",
    structuredContent: [1],
  });
});

it("is an error with the status from 300 on, without structured content", () => {
  const refused = result(404, "application/json", '{"error":"no"}', { promises: true });
  expect(refused).toMatchObject({
    isError: true,
    content: [{ text: "HTTP 404 Not Found" }, { text: '{"error":"no"}' }],
  });
  expect(refused).not.toHaveProperty("structuredContent");
  expect(result(302, "text/html", "", {})).toMatchObject({
    isError: true,
    content: [{ text: "HTTP 302 Found" }, { text: "(no content)" }],
  });
});

it("says that a call was executed whose answer breaks the promise of its outputSchema", () => {
  expect(result(200, "application/json", '{"id":1}', { promises: true })).toMatchObject({
    isError: false,
    structuredContent: { id: 1 },
  });
  for (const [type, body] of [
    ["application/json", "{}"],
    ["application/json", "[]"],
    ["text/plain", "ok"],
  ] as const) {
    const broken = result(200, type, body, { promises: true });
    expect(broken).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("was executed") }, { text: body }],
    });
    expect(broken).not.toHaveProperty("structuredContent");
  }
});

it("passes images and sounds on, and names what a result cannot hold", () => {
  expect(result(200, "image/png", Buffer.from([1, 2]))).toMatchObject({
    content: [{ type: "image", data: "AQI=", mimeType: "image/png" }],
  });
  expect(result(200, "audio/wav", Buffer.from([1]))).toMatchObject({
    content: [{ type: "audio", mimeType: "audio/wav" }],
  });
  expect(result(200, "application/pdf", Buffer.from([1]))).toMatchObject({
    content: [{ text: expect.stringContaining("1 bytes of the type application/pdf") }],
  });
  expect(result(204, "", "")).toMatchObject({ isError: false, content: [{ text: "(no content)" }] });
});
