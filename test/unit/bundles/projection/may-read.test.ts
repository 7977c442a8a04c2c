import { readsHistory, readsProvenance, readsRisk } from "../../../../gateway/bundles/projection/may-read.ts";
import type { Projection, Projections } from "../../../../gateway/domain/ports.ts";

const nothing: Projection = { always: { phase: true }, dispatched: [], guarded: [] };
const of = (changes: Partial<Projection>): Projections => ({
  "sallyport/main/decision": { ...nothing, ...changes },
  "sallyport/main/result": nothing,
  "sallyport/main/visible": { ...nothing, always: true },
});

test("a policy reads where values come from when some rule reads a member that says so", () => {
  const reads = { context: { provenance: true } } as const;
  expect(readsProvenance(of({ always: reads }))).toBe(true);
  expect(readsProvenance(of({ always: true }))).toBe(true);
  expect(readsProvenance(of({ always: { context: { secrets: {} } } }))).toBe(true);
  expect(readsProvenance(of({ guarded: [{ when: [], reads }] }))).toBe(true);
  const by = [
    ["resource", "properties", "server"],
    ["resource", "properties", "tool"],
  ];
  expect(readsProvenance(of({ dispatched: [{ by, targets: { mail: { send: reads } } }] }))).toBe(true);
});

test("a policy that reads none of them is not taken for one that does", () => {
  expect(readsProvenance(of({ always: { context: { arguments: true, session: { labels: true } } } }))).toBe(false);
});

test("a policy of which nobody knows what it reads may read them", () => {
  expect(readsProvenance({})).toBe(true);
  expect(readsProvenance({ "sallyport/main/decision": nothing })).toBe(true);
});

test("a policy reads risk when some rule about calls or results does", () => {
  const reads = { context: { risk: { score: true } } } as const;
  expect([readsRisk(of({ guarded: [{ when: [], reads }] })), readsRisk({})]).toEqual([true, true]);
  expect(readsRisk(of({ always: { context: { provenance: true } } }))).toBe(false);
});

test("finds that a policy may read what the session has done: its calls or their number, also where it says what may be seen", () => {
  const session = (member: string) => ({ context: { session: { [member]: true } } }) as const;
  const only = (name: string, always: Projection["always"]) => ({
    ...of({}),
    "sallyport/main/visible": { ...nothing, always: {} },
    [name]: { ...nothing, always },
  });
  for (const name of ["sallyport/main/decision", "sallyport/main/result", "sallyport/main/visible"]) {
    expect(readsHistory(only(name, session("history")))).toBe(true);
    expect(readsHistory(only(name, session("calls")))).toBe(true);
    expect(readsHistory(only(name, session("labels")))).toBe(false);
  }
  expect(readsHistory({})).toBe(true);
});
