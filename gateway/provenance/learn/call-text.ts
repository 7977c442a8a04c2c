import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** Longest call that is compared with others, in UTF-16 units. */
const longest = 65_536;

/** Same tool and same arguments, same text, in whatever order members stand; null of one that is too long. @param tool `server/tool` */
export function callText(tool: string, args: JsonObject): string | null {
  const parts = [tool];
  let room = longest;
  const add = (part: string): void => void (parts.push(part), (room -= part.length));
  const write = (value: JsonValue): void => {
    if (room < 0) return;
    if (Array.isArray(value)) {
      add("[");
      for (const item of value as readonly JsonValue[]) write(item);
      return add("]");
    }
    if (value === null || isExactNumber(value) || !isJsonObject(value)) return add(`${JSON.stringify(value)},`);
    add("{");
    for (const name of Object.keys(value).toSorted()) {
      add(`${JSON.stringify(name)}:`);
      write(value[name] as JsonValue);
    }
    add("}");
  };
  write(args);
  return room < 0 ? null : parts.join("");
}
