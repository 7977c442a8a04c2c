/** Records of about 90 bytes each, as tools get them in lists, until the value's JSON text has `bytes` bytes. */
export function paddedRecords(text: (records: readonly object[]) => string, bytes: number): object[] {
  const records: { id: string; state: string; score: number; tags: string[]; note: string }[] = [];
  const left = (): number => bytes - text(records).length;
  const each = text([record(0), record(1)]).length - text([record(0)]).length;
  const count = Math.max(0, Math.floor(left() / each) - 1);
  for (let index = 0; index < count; index++) records.push(record(index));
  const last = records.at(-1);
  if (last !== undefined) last.note += "x".repeat(Math.max(0, left()));
  return records;
}

function record(index: number): { id: string; state: string; score: number; tags: string[]; note: string } {
  const id = `t-${String(index).padStart(6, "0")}`;
  return { id, state: "open", score: 0.25, tags: ["parcel", "damaged"], note: "to be sent again" };
}
