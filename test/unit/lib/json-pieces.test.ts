import { joinPieces, piecesOf } from "../../../gateway/lib/json.ts";

test.each([
  ["nothing", "{}"],
  ["values of every kind", '{"a":null,"b":[1,{"c":"x"}],"d":{},"e":-1.5e+300,"":{"":""}}'],
  ["names that mean something else in JavaScript", '{"__proto__":{"a":1},"constructor":{"__proto__":2},"toString":3}'],
])("gives back an object of %s as it was", async (_what, text) => {
  expect(JSON.stringify(await joinPieces(piecesOf(JSON.parse(text) as object)))).toBe(text);
});

test("cuts what is large, names in their order, and large objects below a name that means something else", async () => {
  const inner = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, { at: index }]));
  const text = JSON.stringify({ first: 1, large: { before: 1, inner, after: 2 }, last: 3 });
  const hostile = `{"__proto__":${text},"x":1}`;
  const pieces = piecesOf(JSON.parse(hostile) as object);
  expect(pieces.length).toBeGreaterThan(3);
  expect(Math.max(...pieces.map((piece) => piece.text.length))).toBeLessThan(hostile.length / 2);
  expect(JSON.stringify(await joinPieces(pieces))).toBe(hostile);
});

test("lets others have their turn between two pieces", async () => {
  const value = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, "x".repeat(20)]));
  const pieces = piecesOf(value);
  let turns = 0;
  let going = true;
  const count = (): void => {
    turns += 1;
    if (going) setImmediate(count);
  };
  setImmediate(count);
  await joinPieces(pieces);
  going = false;
  expect(turns).toBeGreaterThanOrEqual(pieces.length - 1);
});
