import { agentsText, leftOf, taskRequest, usedOf, usedText } from "../../../../console/src/text/task-words.ts";

const limits = { calls: 20, concurrent: 2, spend: { EUR: "120.5" } };
const used = { calls: 3, concurrent: 1, spend: { EUR: "40" } };

test("says what is used of each limit, and of calls also where there is none", () => {
  expect(usedText({ limits, used })).toBe("3 of 20 calls, 1 of 2 under way, 40 of 120.5 EUR");
  const without = { limits: { calls: null, concurrent: null, spend: {} }, used };
  expect([usedText(without), usedOf(without)]).toEqual(["3 calls", [{ what: "calls", used: "3", most: null }]]);
  expect(usedText({ limits, used: { ...used, spend: {} } })).toContain("0 of 120.5 EUR");
});

test("takes what is used from a limit exactly, and leaves nothing below zero", () => {
  const pairs = [
    ["20", "3", "17"],
    ["120.5", "40", "80.5"],
    ["120", "0.25", "119.75"],
    ["100.50", "0.50", "100"],
    ["0.3", "0.1", "0.2"],
    ["1.05", "1", "0.05"],
    ["9007199254740993", "1", "9007199254740992"],
    ["2", "3", "0"],
  ] as const;
  for (const [most, used, left] of pairs) expect([most, used, leftOf(most, used)]).toEqual([most, used, left]);
});

test("names agents by their subject, else by their client", () => {
  const issuer = "https://idp.example";
  const agents = [
    { subject: "refund-bot", client: null, issuer },
    { subject: null, client: "support", issuer: null },
  ];
  expect(agentsText({ agents })).toBe("refund-bot, client support");
});

test("asks for what the form says, and for nothing that it leaves empty", () => {
  const least: Record<string, string> = { purpose: "Refund order 881", tools: "payments/*", agents: "refund-bot" };
  const asked = (form: Record<string, string>) => taskRequest((name) => form[name] ?? "");
  expect(asked(least)).toEqual({
    purpose: "Refund order 881",
    tools: ["payments/*"],
    agents: [{ subject: "refund-bot" }],
    limits: {},
  });
  const most = { targets: "881, shop.example", serves: "ann", calls: "20", concurrent: "2", time: "20m" };
  expect(asked({ ...least, ...most, agents: "a  b", issuer: "https://i.example", spend: "EUR=120 mails=1" })).toEqual({
    purpose: "Refund order 881",
    tools: ["payments/*"],
    targets: ["881", "shop.example"],
    serves: "ann",
    agents: ["a", "b"].map((subject) => ({ subject, issuer: "https://i.example" })),
    limits: { calls: 20, concurrent: 2, time: "20m", spend: { EUR: "120", mails: "1" } },
  });
});
