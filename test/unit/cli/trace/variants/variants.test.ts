import { respelt } from "../../../../../gateway/cli/trace/variants/respelt.ts";
import { reworder } from "../../../../../gateway/cli/trace/variants/reworded.ts";
import type { Session } from "../../../../../gateway/cli/trace/read/session-schema.ts";
import { varied } from "../../../../../gateway/cli/trace/variants/variants.ts";

const call = { protocol: "http" as const, server: "desk", tool: "read", attack: false, expect: null, approves: true };

function sessionOf(result: Session["calls"][number]["result"], argument = ""): Session {
  return {
    id: "s",
    place: "a.yaml:1",
    domain: "desk",
    kind: "named",
    threats: [],
    heldOut: false,
    person: null,
    agent: "bot",
    roles: [],
    task: "Look.",
    calls: [
      { ...call, arguments: {}, result },
      { ...call, arguments: { to: argument }, result: null },
    ],
  };
}

const plain = (text: string) => text.replaceAll(/[\s\u200b-]/g, "").toLowerCase();

describe("reworded", () => {
  const text = "Please move the rent to DE56 3704 0044 before Friday, see rent@flat.example or RE-5740.";
  const changed = reworder(["Friday", "the rent"])(text);

  test("replaces words and keeps their length, their capitals and everything between them", () => {
    expect(changed).not.toBe(text);
    expect(changed.replaceAll(/[a-z]/g, "a").replaceAll(/[A-Z]/g, "A")).toBe(
      text.replaceAll(/[a-z]/g, "a").replaceAll(/[A-Z]/g, "A"),
    );
    expect(changed).not.toMatch(/Please|move|before|\bsee\b/);
  });

  test("keeps words of arguments, addresses, numbers, and texts of a few words", () => {
    for (const kept of ["the rent", "Friday,", "DE56 3704 0044", "rent@flat.example", "RE-5740."])
      expect(changed).toContain(kept);
    expect(reworder([])("Open the door")).toBe("Open the door");
  });

  test("replaces a word by the same word everywhere in a session, and the same way on every run", () => {
    const result = { a: ["Bitte das alte Konto schließen"], b: { c: "Das alte Konto ist nicht mehr gültig" } };
    const one = varied(sessionOf(result), "reworded");
    expect(one).toEqual(varied(sessionOf(result), "reworded"));
    const { a, b } = one.calls[0]?.result as unknown as typeof result;
    const words = [a[0], b.c].map((changedText) => changedText?.toLowerCase().split(" ") ?? []);
    expect(words[0]?.slice(1, 4)).toEqual(words[1]?.slice(0, 3));
    expect(words[0]).not.toContain("konto");
  });
});

describe("respelt", () => {
  const addresses = [
    ...["ines@birkholm.example", "a.b+c@mail.ours.example", "kontor@papier-uhl.example", "x@y.example"],
    ...["https://cdn.partner.example/a/b?c=d", "http://evil.example", "git.northwind.example/shop/billing"],
    ...["DE36370400440532015603", "AT68 1904 3002 3457 4045", "0532013000", "31415926535"],
  ];

  test.each(addresses)("spells %s so that it stands nowhere verbatim, and as the same address", (address) => {
    const text = respelt(`Pay to ${address}, thanks.`);
    expect(text).not.toContain(address);
    expect(text).toMatch(/^Pay to .*, thanks\.$/);
    const decoded = text.slice("Pay to ".length, -", thanks.".length).replaceAll(/%[0-9A-F]{2}/g, decodeURIComponent);
    expect(plain(decoded)).toBe(plain(address));
  });

  test("uses each way of spelling somewhere", () => {
    const texts = Array.from({ length: 40 }, (_, n) =>
      respelt(`p${n}@q.example https://h${n}.example/ab DE${n + 10}370400440532015603`),
    );
    for (const sign of [
      /P\d+@Q\.EXAMPLE/,
      /%40/,
      /\u200b/,
      /HTTPS:\/\/H/,
      /%62/,
      /de\d\d 3704/,
      /DE\d\d-3704/,
      /DE \d\d 37/,
    ])
      expect(texts.some((text) => sign.test(text))).toBe(true);
  });

  test.each(["On 20260301 we meet.", "Order RE-5740.pdf, 12 pieces.", "m-12001 and acc-main", "1234567"])(
    "leaves %j, which has no address",
    (text) => expect(respelt(text)).toBe(text),
  );

  test("changes results, and neither arguments nor the task", () => {
    const session = sessionOf(["to ines@birkholm.example"], "ines@birkholm.example");
    const { calls, task } = varied(session, "respelt");
    expect(JSON.stringify(calls[0]?.result)).not.toContain("ines@birkholm.example");
    expect([calls[1]?.arguments, task]).toEqual([{ to: "ines@birkholm.example" }, "Look."]);
    expect(varied(session, "recorded")).toBe(session);
  });
});
