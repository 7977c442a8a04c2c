import { mostTools } from "./block.ts";
import { namesBytes } from "./layout.ts";

/** Of each tool in the store: length of its name, what became of calls of it, its name in UTF-8. */
const headBytes = 2;

/** What became of calls of a tool, with its name. */
export interface NotedTool {
  readonly name: string;
  readonly notes: number;
}

/** Whether one more name can be written behind these. */
export function hasRoom(names: readonly string[], name: string): boolean {
  if (names.length >= mostTools) return false;
  const length = Buffer.byteLength(name);
  if (length === 0 || length > 255) return false;
  let taken = headBytes + length;
  for (const one of names) taken += headBytes + Buffer.byteLength(one);
  return taken <= namesBytes;
}

export function writeTools(into: Uint8Array, tools: readonly NotedTool[]): void {
  let end = 0;
  for (const { name, notes } of tools) {
    const bytes = Buffer.from(name);
    [into[end], into[end + 1]] = [bytes.length, notes];
    into.set(bytes, end + headBytes);
    end += headBytes + bytes.length;
  }
}

export function readTools(from: Uint8Array): readonly NotedTool[] {
  const tools: NotedTool[] = [];
  for (let end = 0; end + headBytes < from.length && from[end] !== 0 && tools.length < mostTools;) {
    const next = end + headBytes + (from[end] as number);
    if (next > from.length) break;
    const name = Buffer.from(from.subarray(end + headBytes, next)).toString();
    // No name that was written.
    if (Buffer.byteLength(name) !== next - end - headBytes) break;
    tools.push({ name, notes: from[end + 1] as number });
    end = next;
  }
  return tools;
}
