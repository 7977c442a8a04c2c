import { open } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../domain/json.ts";
import type { DecisionIndex, DecisionSearch } from "../domain/ports.ts";
import { segmentNames } from "./segments.ts";

const chunkBytes = 1024 * 1024;

/**
 * Search over the decision log. Whoever asks brings the index up to date first, so that the
 * request path pays nothing for it; large gaps are read in chunks with the event loop free in between.
 */
export function decisionSearch(dir: string, index: DecisionIndex): DecisionSearch {
  let catchingUp: Promise<void> | null = null;
  const current = (): Promise<void> => {
    catchingUp ??= catchUp(dir, index).finally(() => {
      catchingUp = null;
    });
    return catchingUp;
  };
  return {
    search: async (query) => {
      await current();
      return index.search(query);
    },
    get: async (decisionId) => {
      await current();
      return index.get(decisionId);
    },
  };
}

async function catchUp(dir: string, index: DecisionIndex): Promise<void> {
  for (const segment of await segmentNames(dir)) {
    const handle = await open(join(dir, segment), "r");
    try {
      let position = index.position(segment);
      for (;;) {
        const chunk = Buffer.alloc(chunkBytes);
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
        const end = chunk.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
        if (end === 0) break;
        position += end;
        index.add(segment, position, lines(chunk.subarray(0, end)));
      }
    } finally {
      await handle.close();
    }
  }
}

function lines(bytes: Buffer): JsonObject[] {
  const texts = bytes.toString().split("\n");
  texts.pop();
  return texts.map((text) => JSON.parse(text) as JsonObject);
}
