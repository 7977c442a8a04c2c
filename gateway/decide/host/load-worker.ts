import { hash } from "node:crypto";
import { threadId } from "node:worker_threads";
import { asBuffer } from "../../lib/bytes-in-turns.ts";
import { type JsonObject, piecesOf } from "../../lib/json.ts";
import { partsOfLarge, wantedAt } from "../../lib/json-parts.ts";
import { type Answered, answerQuestions } from "../../lib/resident-thread.ts";
import type { CompileRequest, KeptModule, LoadRequest, LoadReply } from "./load-on-thread.ts";
import { type CompiledModule, compileModule, loadCompiled } from "./prepare.ts";
import { parseJson } from "../../lib/parse-json.ts";

interface Compiling extends Omit<KeptModule, "compiled"> {
  readonly compiled: Promise<CompiledModule>;
}

let last: Compiling | null = null;
let count = 0;

/** Rewriting a module takes long. After an edit of data it is the one that was kept; after one of rules it comes before the rest. */
function compiling({ wasm, redirects }: CompileRequest, kept: KeptModule | null): Compiling {
  const of = `${hash("sha256", wasm)} ${JSON.stringify(redirects)}`;
  if (kept?.of === of) return { ...kept, compiled: Promise.resolve(kept.compiled) };
  if (last?.of === of) return last;
  const begun = { of, key: `${threadId} ${(count += 1)}`, compiled: compileModule(wasm, redirects) };
  begun.compiled.catch(() => {
    if (last === begun) last = null;
  });
  return (last = begun);
}

async function compile(request: CompileRequest): Promise<Answered> {
  await compiling(request, null).compiled;
  return { answer: null };
}

/** Writing megabytes of data takes long, too. Of large data that only the module needs, no objects are made. */
async function load({ data, limits, documents, kept, ...module }: LoadRequest): Promise<Answered> {
  const wanted = documents?.map((name) => [name]) ?? null;
  const parts = wanted === null ? null : partsOfLarge(data, wantedAt(wanted, "whole"));
  const read = parts ?? documentsOf(data, documents);
  const { compiled: begun, ...which } = compiling(module, kept);
  const compiled = await begun;
  // Few bytes are a copy, which may share its memory with others.
  const given = parts !== null && data.length === data.buffer.byteLength;
  const loaded = loadCompiled(compiled, data, limits, { given });
  const reply: LoadReply = { loaded, kept: { ...which, compiled }, pieces: piecesOf(read) };
  return { answer: reply, transfer: [loaded.snapshot.buffer] };
}

/** Own members alone: a document may be called `__proto__`. */
function documentsOf(data: Uint8Array, names: LoadRequest["documents"]): object {
  const value = parseJson(asBuffer(data).toString("utf8")) as JsonObject;
  return names === null ? value : Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

answerQuestions({ compile, load });
