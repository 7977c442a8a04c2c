import { detectionsIn } from "../../../gateway/domain/detections.ts";
import { parseExact } from "../../../gateway/lib/json.ts";
import { findWords } from "../../support/find-words.ts";

const find = findWords({ email: /[a-z]+@[a-z.]+/g, card: /4111[0-9]+/g });

test("names kind, place and number, in texts, keys and numbers", () => {
  const content = parseExact(
    '{"a/b":["x","to eve@evil.example and bob@evil.example"],"eve@evil.example":4111222233334444555566}',
  );
  expect(detectionsIn(content as never, find)).toEqual([
    { kind: "email", pointer: "/a~1b/1", count: 2 },
    { kind: "email", pointer: "/eve@evil.example", count: 1 },
    { kind: "card", pointer: "/eve@evil.example", count: 1 },
  ]);
});

test("a text as a whole has the empty pointer", () => {
  expect(detectionsIn("eve@evil.example", find)).toEqual([{ kind: "email", pointer: "", count: 1 }]);
  expect(detectionsIn(null, find)).toEqual([]);
});

test("looks once at what stands in many places under one name, and tells of every place", () => {
  const looked: string[] = [];
  const counting: typeof find = (text, kinds, name = "") => {
    looked.push(`${name}=${text}`);
    return find(text, kinds, name);
  };
  const content = { list: [{ to: "a@b.example" }, { to: "a@b.example" }, { cc: "a@b.example" }] };
  expect(detectionsIn(content, counting).map(({ pointer }) => pointer)).toEqual([
    "/list/0/to",
    "/list/1/to",
    "/list/2/cc",
  ]);
  expect(looked).toEqual(["=list", "=to", "to=a@b.example", "=cc", "cc=a@b.example"]);
});

test("looks at no number of fewer than six digits, and at any other", () => {
  const looked: string[] = [];
  const content = parseExact("[1,-12.345,99999,0.12345,123456,1e21,-1234567.5,100000000000000000000]") as never;
  expect(detectionsIn(content, (text) => (looked.push(text), []))).toEqual([]);
  expect(looked).toEqual(["0.12345", "123456", "1e21", "-1234567.5", "100000000000000000000"]);
});

test("of very many places the rest is counted at the first, so that no kind is lost", () => {
  const many = Array.from({ length: 500 }, () => "eve@evil.example");
  const found = detectionsIn([...many, "4111222233334444"], find);
  expect(found).toHaveLength(201);
  expect(found[0]).toEqual({ kind: "email", pointer: "/0", count: 301 });
});
