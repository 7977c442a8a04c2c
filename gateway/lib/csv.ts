import { escapeControls } from "./look-alike.ts";

/** Spreadsheets read a cell that begins so as a formula (https://owasp.org/www-community/attacks/CSV_Injection). */
const formula = /^\s*[=+\-@|\uff1d\uff0b\uff0d\uff20]/u;
/** Where lists are written with semicolons, spreadsheets begin another cell behind one, quoted or not. */
const formulaBehind = /(;\s*)(?=[=+\-@|\uff1d\uff0b\uff0d\uff20])/gu;

/**
 * One record as in RFC 4180, with its line end. Line ends and other control characters in cells are escaped, so each record is
 * one line; before what would be a formula stands an apostrophe.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: string | number | null): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const inert = escapeControls((formula.test(cell) ? `'${cell}` : cell).replace(formulaBehind, "$1'"));
  return /^[\w.:/@-]*$/.test(inert) ? inert : `"${inert.replaceAll('"', '""')}"`;
}
