import { readFileSync } from "node:fs";

/** The accounts of the machine, as files of passwd(5) and group(5) have them. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const systemFiles: AccountFiles = { passwd: "/etc/passwd", group: "/etc/group" };

/** Numbers of an account that is named by its name or its number; null when the machine has none of that name. */
export function accountOf(
  user: string | number,
  files: AccountFiles = systemFiles,
): { readonly uid: number; readonly gid: number } | null {
  const lines = fieldsOf(files.passwd);
  const line = lines.find(([name, , uid]) => (typeof user === "number" ? uid === String(user) : name === user));
  if (line !== undefined) return { uid: Number(line[2]), gid: Number(line[3]) };
  // A number needs no account; its group has the same number then.
  return typeof user === "number" ? { uid: user, gid: user } : null;
}

/** The number of a group; null when the machine has none of that name. */
export function groupOf(group: string | number, files: AccountFiles = systemFiles): number | null {
  if (typeof group === "number") return group;
  const line = fieldsOf(files.group).find(([name]) => name === group);
  return line === undefined ? null : Number(line[2]);
}

function fieldsOf(file: string): string[][] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}
