import { isBlank, isDeceptive, lookKey, withCodePoints } from "../../../gateway/lib/look-alike.ts";

test.each([
  ["a variation selector", "alice\uFE0F"],
  ["a combining grapheme joiner", "ali\u034Fce"],
  ["a Braille blank", "alice\u2800"],
  ["blanks at its ends", " alice  "],
  ["a no-break space at its end", "alice\u00A0"],
  ["Cyrillic letters", "\u0430li\u0441\u0435"],
  ["capital letters of Greek", "\u0391LICE"],
  ["letters of mathematics", "\u{1D41A}lice"],
  ["a soft hyphen", "al\u00ADice"],
])("sees that a name with %s looks like one without", (_what, name) => {
  expect(lookKey(name)).toBe(lookKey("alice"));
});

test.each(["bob", "alice2", "al ice", "\u00E1lice", "\u4E2D\u6587", "\u0410\u043D\u043D\u0430"])(
  "tells %s and alice apart",
  (name) => {
    expect(lookKey(name)).not.toBe(lookKey("alice"));
  },
);

test.each(["alice\uFE0F", "ali\u034Fce", "alice\u2800", "alice ", " alice", "a\u00A0b", "a\tb", "a\u200Bb", "\u3164"])(
  "says that %j has something in it that nobody sees",
  (name) => {
    expect(isDeceptive(name)).toBe(true);
  },
);

test.each(["alice", "Alice Smith", "\u00E1lice", "\u0410\u043D\u043D\u0430", "\u4E2D\u6587", "alice@shop.example"])(
  "takes %s as it is",
  (name) => {
    expect(isDeceptive(name)).toBe(false);
  },
);

test("shows letters that only look like ASCII ones by their code points, and cuts what is long", () => {
  expect(withCodePoints("crm/re\u0430d \u200b")).toBe("crm/re\u27e6U+0430\u27e7d \u27e6U+200B\u27e7");
  expect(withCodePoints("x".repeat(300))).toHaveLength(200);
});

test.each(["", " \n", "\u200b", "\u2800 \u00ad", "\0"])("a text of %j is blank", (text) => {
  expect(isBlank(text)).toBe(true);
  expect(isBlank(`${text}.`)).toBe(false);
});
