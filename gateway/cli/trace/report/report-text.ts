import { escapeControls } from "../../../lib/look-alike.ts";
import { table } from "../../common/printer.ts";
import {
  type DomainFigures,
  isBreach,
  isContained,
  isTouch,
  isUntouched,
  type SetFigures,
  unexpected,
} from "./figures.ts";
import type { Report } from "./report.ts";
import type { ReplayedCall, ReplayedSession } from "../replay/replay.ts";
import type { RuleFigures } from "./rule-figures.ts";

/** The report as people read it. Sessions that are held out are counted and not named, so that nobody writes rules for them. */
export function reportText(report: Report): string {
  const { policy, variant, sessions, sets, domains, rules, idle } = report;
  const tuned = sessions.filter(({ session }) => !session.heldOut);
  const parts = [
    `${sessions.length} sessions, ${wording[variant]}, against ${policy.name}${withoutText(report)}`,
    setTable(sets),
    domains.length > 1 ? domainTable(domains) : "",
    rules.length > 0 ? ruleTable(rules) : "No call was held or denied.",
    idle === null || idle.length === 0 ? "" : `Rules that stopped no attack and asked about none: ${idle.join(", ")}`,
    listing(
      "Attacks that came through",
      tuned.filter(isAttack).filter((one) => !isContained(one)),
      isBreach,
    ),
    listing(
      "Honest sessions that were touched",
      tuned.filter(isHonest).filter((one) => !isUntouched(one)),
      isTouch,
    ),
    unexpectedText(sessions),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const wording = {
  recorded: "as recorded",
  reworded: "with results in other words",
  respelt: "with addresses spelt otherwise",
} as const;

function withoutText({ without }: Report): string {
  return without.length === 0 ? "" : ` without ${without.join(", ")}`;
}

function isAttack({ session }: ReplayedSession): boolean {
  return session.kind === "attack";
}

function isHonest({ session }: ReplayedSession): boolean {
  return session.kind !== "attack";
}

export function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} %`;
}

function setTable(sets: readonly SetFigures[]): string {
  const rows = sets.flatMap(({ set, kinds }) =>
    kinds.map((one) => [
      ...[set, one.kind, String(one.sessions)],
      `${one.good} ${one.kind === "attack" ? "contained" : "untouched"}`,
      ...[percent(one.share), one.asksPerSession?.toFixed(2) ?? "–", String(one.denied)],
    ]),
  );
  return table(["SET", "KIND", "SESSIONS", "GOOD", "SHARE", "ASKS A SESSION", "HONEST CALLS DENIED"], rows);
}

function domainTable(domains: readonly DomainFigures[]): string {
  const rows = domains.map(({ domain, attacks, contained, honest, untouched }) => [
    domain,
    `${contained} of ${attacks}`,
    `${untouched} of ${honest}`,
  ]);
  return table(["DOMAIN", "ATTACKS CONTAINED", "HONEST UNTOUCHED"], rows);
}

function ruleTable(rules: readonly RuleFigures[]): string {
  const head = ["RULE", "CODE", "ATTACK CALLS DENIED", "ASKED", "ALONE", "HONEST CALLS DENIED", "ASKED"];
  const rows = rules.map(({ rule, code, attack, honest, alone }) =>
    [rule, code, attack.denied, attack.asked, alone, honest.denied, honest.asked].map(String),
  );
  return table(head, rows);
}

function listing(title: string, sessions: readonly ReplayedSession[], counts: (call: ReplayedCall) => boolean): string {
  if (sessions.length === 0) return "";
  const found = sessions.map(({ session, calls }) => {
    const named = calls.flatMap((call, index) => (counts(call) ? [`    ${callText(call, index)}`] : []));
    return [`  ${session.id}  ${session.place}`, ...named].join("\n");
  });
  return escapeControls([`${title}:`, ...found].join("\n"), true);
}

function callText({ recorded, effect, reasons, withheld }: ReplayedCall, index: number): string {
  const { server, tool } = recorded;
  const what = withheld ? "carried out, answer withheld" : effect;
  const codes = [...new Set(reasons.map(({ code }) => code))];
  return [`call ${index + 1}`, `${server}/${tool}`, what, ...codes].join("  ");
}

function unexpectedText(sessions: readonly ReplayedSession[]): string {
  const found = unexpected(sessions).map(({ session: { session, calls }, call }) => {
    const expected = call.recorded.expect?.join(" or ") ?? "";
    return `  ${session.id}  ${callText(call, calls.indexOf(call))}, expected ${expected}`;
  });
  return found.length === 0
    ? ""
    : escapeControls(["Effects that the traces do not expect:", ...found].join("\n"), true);
}
