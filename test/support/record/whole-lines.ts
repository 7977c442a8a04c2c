import { WholeRecords } from "../../../gateway/record/decision/whole-records.ts";

/** The lines of one segment, given as its text, each with all that it refers to. What follows the last line end is still being written. */
export function wholeLines(text: string): string[] {
  const records = new WholeRecords();
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => line !== "" && !records.note(line)).map((line) => records.whole(line));
}
