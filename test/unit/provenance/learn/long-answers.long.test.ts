import { LongAnswers } from "../../../../gateway/provenance/learn/long-answers.ts";
import { isLong, isOnePiece } from "../../../../gateway/provenance/learn/pieces.ts";
import type { ResultAbout } from "../../../../gateway/provenance/learn/result/result-about.ts";
import { ResultReader } from "../../../../gateway/provenance/learn/result/result-reader.ts";
import { Digester, digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { Found } from "../../../../gateway/provenance/text/found.ts";
import { TextReader } from "../../../../gateway/provenance/text/reader.ts";
import { Callers } from "../../../../gateway/provenance/trace/caller.ts";
import type { JsonObject, JsonValue } from "../../../../gateway/lib/json.ts";
import { subject } from "../../../support/builders.ts";
import { openLedger, TestSession, trusted, untrusted } from "../../../support/provenance.ts";

const digester = new Digester(digestKey(new Uint8Array(16)));
const long = new LongAnswers(digester);
const taskText = { text: "Answer what ada.7@x.example and the Hotell Sagene wrote.", truncated: false };
const caller = new Callers(digester).of(subject({ purpose: null, taskText }), [taskText]);
const about: ResultAbout = {
  returns: {
    ...untrusted,
    labels: ["untrusted", "private"],
    trusted_fields: ["id", "/mails/*/state"],
    author: ["from"],
  },
  arguments: { q: "unread" },
  caller,
  people: () => ({ inside: ["x.example"], names: new Set() }),
};

function mail(
  number: number,
  body = `Pay ${number * 1_000} for KX-${number}-77 to https://pay.example/${number} today.`,
) {
  const from = number % 3 === 0 ? `ada.${number % 9}@x.example` : `tim.${number}@y.example`;
  const subject = number % 50 === 0 ? "Hotell Sagene" : `Mail number ${number}`;
  return { id: `m-${number}`, from, subject, state: "new", body: `${body}\n> quoted ${number} of b@z.example` };
}

const mails = (count: number): JsonObject[] => Array.from({ length: count }, (_, at) => mail(at));
const words = Array.from({ length: 30_000 }, (_, at) => `word${at}`).join(" ");

const answers: Readonly<Record<string, JsonValue>> = {
  "a list of records": { mails: mails(900), next: null },
  "records in records": { mails: mails(4).map((one) => ({ ...one, thread: mails(300) })) },
  "a list of texts": mails(1_500).map(({ body }) => body as JsonValue),
  "one text": words,
  "a record with a long text by one of the site's own people": { mails: [mail(3, words), mail(4, words)] },
  "the blocks of an MCP result": {
    content: [
      { type: "text", text: JSON.stringify({ mails: mails(500) }) },
      { type: "resource", resource: { uri: "x:1", text: words } },
    ],
    structuredContent: { mails: mails(500) },
    _meta: { note: "a note" },
  },
};

function sum({ count, shingleCount, ...found }: Found) {
  const part = (column: Uint8Array | Int32Array | Uint32Array, to = count) => [...column.subarray(0, to)];
  const columns = { hi: part(found.hi), lo: part(found.lo), as: part(found.as), marks: part(found.marks) };
  return { ...columns, shingles: part(found.shingles, shingleCount) };
}

test.each(Object.entries(answers))("finds in %s, read in turns, what is found in it at once", async (_, content) => {
  expect([isLong(content), isOnePiece(content)]).toEqual([true, false]);
  const found = new Found(digester);
  const read = new ResultReader(new TextReader(digester, found)).read(content, about);
  const inTurns = await long.read(content, about, async (answer) => ({ read: answer.read, ...sum(answer.found) }));
  expect(found.count).toBeGreaterThan(100);
  expect(inTurns).toEqual({ read, ...sum(found) });
});

test("reads one answer after another, also after one that failed to be remembered", async () => {
  const order: string[] = [];
  const content = answers["a list of records"] as JsonValue;
  const one = long.read(content, about, async () => {
    order.push("begins");
    await Promise.resolve();
    order.push("ends");
    throw new Error("the store is gone");
  });
  const other = long.read("short", about, async ({ found }) => order.push(`other ${found.count}`));
  await expect(one).rejects.toThrow("the store is gone");
  await other;
  expect(order).toEqual(["begins", "ends", "other 1"]);
});

test("learns a short answer while a long one is read, and both are known afterwards", async () => {
  const ledger = openLedger();
  const [one, other] = ["s-1", "s-2"].map((id) => new TestSession(null, { id }, {}, ledger));
  const order: string[] = [];
  const slow = one!
    .does({ tool: "mail/list", catalog: { returns: untrusted } }, { mails: mails(3_000) })
    .then((labels) => order.push(`long ${labels.join()}`));
  const quick = other!
    .does({ tool: "mail/get", catalog: { returns: trusted } }, { address: "b@z.example" })
    .then(() => order.push("short"));
  await Promise.all([slow, quick]);
  expect(order).toEqual(["short", "long read:untrusted,provenance:forgotten"]);
  expect(await other!.destination("b@z.example")).toMatchObject({ seen: "trusted" });
  expect(await one!.destination("tim.2999@y.example")).toMatchObject({ seen: "untrusted", tool: "mail/list" });
});
