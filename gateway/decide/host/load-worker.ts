import { hash } from "node:crypto";
import { type JsonObject, piecesOf } from "../../lib/json.ts";
import { type Answered, answerQuestions } from "../../lib/resident-thread.ts";
import type { LoadRequest, LoadReply } from "./load-on-thread.ts";
import { type CompiledModule, compileModule, loadCompiled } from "./prepare.ts";

let last: { readonly key: string; readonly compiled: CompiledModule } | null = null;

/** Rewriting a module and writing megabytes of data takes long. After an edit of data the module is the same. */
async function load({ wasm, data, limits, redirects, documents }: LoadRequest): Promise<Answered> {
  const value = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8")) as JsonObject;
  const key = `${hash("sha256", wasm)} ${JSON.stringify(redirects)}`;
  if (last?.key !== key) last = { key, compiled: await compileModule(wasm, redirects) };
  const loaded = loadCompiled(last.compiled, value, limits);
  const reply: LoadReply = { loaded, key, pieces: piecesOf(documents === null ? value : named(value, documents)) };
  return { answer: reply, transfer: [loaded.snapshot.buffer] };
}

/** Own members alone: a document may be called `__proto__`. */
function named(value: JsonObject, documents: readonly string[]): JsonObject {
  const wanted = new Set(documents);
  return Object.fromEntries(Object.entries(value).filter(([name]) => wanted.has(name)));
}

answerQuestions({ load });
