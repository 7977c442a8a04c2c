import { catalogFact, siteFact, unknownTool } from "../../../../gateway/bundles/data/tool-facts.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const dataWith = (facts: JsonObject): JsonObject => ({ sallyport: { catalog: { mail: { send: facts } } } });

test("reads what the operator says about a tool", () => {
  const facts = {
    sensitivity: "high",
    reversible: false,
    sink: "external",
    external_if: ["/to"],
    mutates: true,
    destination: ["/to", "/cc"],
    target: ["/in_reply_to"],
    returns: {
      labels: ["untrusted"],
      trusted_fields: ["id"],
      own_fields: ["payee"],
      author: ["from"],
      own_text: false,
    },
    confirms: ["bank/order"],
    remarks: ["/note"],
    asked_by: ["send*"],
    owner: "mail-team",
    definition: `sha256:${"0".repeat(64)}`,
    labels: ["read:private"],
    price: { EUR: "/amount", mails: 1, credits: "0.50" },
    facts: { cost_center: 7 },
  };
  const price = { EUR: "/amount", mails: "1", credits: "0.50" };
  expect(catalogFact(dataWith(facts), "mail", "send")).toEqual({ known: true, ...facts, price });
});

test("takes what is absent or malformed for not known, and its lists for empty", () => {
  const malformed = {
    sensitivity: "lowish",
    sink: "outside",
    mutates: "yes",
    destination: "/to",
    returns: [],
    facts: 1,
  };
  const { known: _known, ...nothing } = unknownTool;
  expect(catalogFact(dataWith(malformed), "mail", "send")).toEqual({ known: true, ...nothing });
  expect(catalogFact(dataWith({ returns: {} }), "mail", "send").returns).toEqual({
    labels: [],
    trusted_fields: [],
    own_fields: [],
    author: [],
    own_text: false,
  });
});

test("a price that is neither a text nor a number costs what nobody can tell", () => {
  const { price } = catalogFact(dataWith({ price: { EUR: ["/amount"], USD: null, calls: "7" } }), "mail", "send");
  expect(price).toEqual({ EUR: "", USD: "", calls: "7" });
  expect(catalogFact(dataWith({ price: "/amount" }), "mail", "send").price).toEqual({});
});

test("a tool that has the name of a member of every object is unknown", () => {
  expect(catalogFact(dataWith({}), "mail", "constructor")).toBe(unknownTool);
  expect(catalogFact({}, "mail", "send")).toBe(unknownTool);
});

test("a line is of the kind that it names, and of a tool where it names none", () => {
  const known = (line: JsonObject, kind?: "tool" | "prompt") => catalogFact(dataWith(line), "mail", "send", kind).known;
  expect([known({}), known({}, "prompt"), known({ kind: "prompt" }), known({ kind: "prompt" }, "prompt")]).toEqual([
    ...[true, false],
    ...[false, true],
  ]);
});

test("reads the domains of the site in lower case, and opts in to hosts only where it says so", () => {
  const site = (said: JsonObject): JsonObject => ({ sallyport: { site: said } });
  expect(siteFact(site({ inside: ["Corp.Example", 1], hosts_opt_in: true, people: { chat: ["U1", 2] } }))).toEqual({
    inside: ["corp.example"],
    hostsOptIn: true,
    people: { chat: ["U1"] },
  });
  expect(siteFact(site({ hosts_opt_in: "yes" }))).toEqual({ inside: [], hostsOptIn: false, people: {} });
  expect(siteFact({})).toEqual({ inside: [], hostsOptIn: false, people: {} });
});

test("takes a definition that is no text for one that no tool has", () => {
  expect(catalogFact(dataWith({ definition: 7 }), "mail", "send").definition).toBe("");
  expect(catalogFact(dataWith({ definition: null }), "mail", "send").definition).toBeNull();
});
