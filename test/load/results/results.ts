import type { ReturnsFact } from "../../../gateway/domain/facts.ts";
import { answerBody } from "../world/call.ts";

/** Results of tools as agents read them. */
export interface BenchResult {
  readonly name: string;
  /** As the tool sends it. */
  readonly bytes: Buffer;
  readonly returns: ReturnsFact;
}

const kilobyte = 1_024;

const ofService: ReturnsFact = { labels: [], trusted_fields: [], own_fields: [], author: [], own_text: false };
const ofOthers: ReturnsFact = {
  labels: ["private", "untrusted"],
  trusted_fields: ["id"],
  own_fields: [],
  author: [],
  own_text: false,
};

/** @param variant names and numbers differ with it: a session does not read the same result again and again */
export function benchResults(variant: number): readonly BenchResult[] {
  const kilobytes = [1, 4, 16, 64] as const;
  return [
    ...kilobytes.map((kb) => ({ name: `tickets ${kb} KB`, bytes: ticketsOf(kb, variant), returns: ofService })),
    ...[4, 64].map((kb) => ({ name: `mails ${kb} KB`, bytes: mailsOf(kb, variant), returns: ofOthers })),
    { name: "page 4 KB", bytes: pageOf(4, variant), returns: { ...ofOthers, labels: ["untrusted"] } },
    { name: "page 64 KB", bytes: pageOf(64, variant), returns: { ...ofOthers, labels: ["untrusted"] } },
    { name: "measures 64 KB", bytes: measuresOf(64, variant), returns: ofService },
  ];
}

function ticketsOf(kb: number, variant: number): Buffer {
  const text = answerBody(kb * kilobyte).toString();
  return Buffer.from(text.replaceAll("t-8", `t-${variant}8`).replaceAll("c-4711", `c-47${variant}1`));
}

const people = ["Ada Byron", "Svea Lind", "Tim Okafor", "Inés Prado", "Jonas Weber", "Mei Tanaka", "Lea Roth"];
const subjects = [
  "Invoice for October",
  "Re: delivery date",
  "Notes of the meeting",
  "Contract to sign",
  "Trip to Lyon",
];

const paragraphs = [
  "Hello,\n\nthank you for the quick answer. The parcel arrived on Thursday, but one of the two boxes was open.",
  "Could you send the replacement to our new address (Hafenstrasse 14, 20457 Hamburg) before the end of the month?",
  "The invoice is at https://billing.example/invoices/2026-11/{n} and is to be paid to DE37 3704 0044 0532 0135 48.",
  "If anything is unclear, write to support+{n}@parcels.example or call +49 40 5550 {n}17. The code of the order is KX-{n}-77QP.",
];

function mailsOf(kb: number, variant: number): Buffer {
  const mails: object[] = [];
  for (let at = 0; JSON.stringify({ mails }).length < kb * kilobyte - 400; at += 1) mails.push(mail(at, variant));
  return Buffer.from(JSON.stringify({ mails, next: null }));
}

function mail(at: number, variant: number): object {
  const person = people[(at + variant) % people.length] as string;
  const address = `${person.split(" ")[0]?.toLowerCase() ?? ""}.${variant}@partners.example`;
  const day = String((at % 28) + 1).padStart(2, "0");
  const body = paragraphs.slice(at % 3, (at % 3) + 2).join("\n");
  return {
    id: `m-${variant}${1_000 + at}`,
    from: { name: person, address },
    to: ["team@corp.example"],
    subject: subjects[at % subjects.length],
    received: `2026-11-${day}T09:${day}:00Z`,
    unread: at % 2 === 0,
    body: `${body.replaceAll("{n}", `${variant}${at}`)}\n\nBest regards\n${person}`,
  };
}

/** One text, as an MCP tool that opens a page sends it. */
function pageOf(kb: number, variant: number): Buffer {
  let text = "Opening hours and prices\n";
  for (let at = 0; text.length < kb * kilobyte; at += 1)
    text += `\nOffer ${at + 1}: ${paragraphs[at % paragraphs.length]?.replaceAll("{n}", `${variant}${at}`) ?? ""}\n`;
  return Buffer.from(JSON.stringify({ content: [{ type: "text", text: text.slice(0, kb * kilobyte) }] }));
}

/** Many short values under long names, as meters send them. */
function measuresOf(kb: number, variant: number): Buffer {
  const measures: object[] = [];
  for (let at = 0; at * 120 < kb * kilobyte; at += 1)
    measures.push({
      measuring_point_identifier: `hall-${at % 40}`,
      temperature_in_degrees_celsius: ((variant * 7 + at * 13) % 400) / 10,
      is_within_the_expected_range: at % 5 !== 0,
    });
  return Buffer.from(JSON.stringify({ measures }));
}
