import { hash } from "node:crypto";
import { asBuffer } from "../../lib/bytes-in-turns.ts";
import { type JsonObject, piecesOf } from "../../lib/json.ts";
import { partsOfLarge, wantedAt } from "../../lib/json-parts.ts";
import { type Answered, answerQuestions } from "../../lib/resident-thread.ts";
import type { CompileRequest, LoadRequest, LoadReply } from "./load-on-thread.ts";
import { type CompiledModule, compileModule, loadCompiled } from "./prepare.ts";
import { parseJson } from "../../lib/parse-json.ts";

interface Compiling {
  /** The module and its redirects. */
  readonly of: string;
  /** Another one each time that this thread compiles it. */
  readonly key: string;
  readonly compiled: Promise<CompiledModule>;
}

let last: Compiling | null = null;
let count = 0;

/** Rewriting a module takes long. After an edit of data it is the same, and after one of rules it comes before the rest of the policy. */
function lastCompiled({ wasm, redirects }: CompileRequest): Compiling {
  const of = `${hash("sha256", wasm)} ${JSON.stringify(redirects)}`;
  if (last?.of === of) return last;
  const compiling = { of, key: `${of} ${(count += 1)}`, compiled: compileModule(wasm, redirects) };
  compiling.compiled.catch(() => {
    if (last === compiling) last = null;
  });
  return (last = compiling);
}

async function compile(request: CompileRequest): Promise<Answered> {
  await lastCompiled(request).compiled;
  return { answer: null };
}

/** Writing megabytes of data takes long, too. Of large data that only the module needs, no objects are made. */
async function load({ data, limits, documents, ...module }: LoadRequest): Promise<Answered> {
  const wanted = documents?.map((name) => [name]) ?? null;
  const parts = wanted === null ? null : partsOfLarge(data, wantedAt(wanted, "whole"));
  const read = parts ?? documentsOf(data, documents);
  const { key, compiled } = lastCompiled(module);
  // Few bytes are a copy, which may share its memory with others.
  const given = parts !== null && data.length === data.buffer.byteLength;
  const loaded = loadCompiled(await compiled, data, limits, { given });
  const reply: LoadReply = { loaded, key, pieces: piecesOf(read) };
  return { answer: reply, transfer: [loaded.snapshot.buffer] };
}

/** Own members alone: a document may be called `__proto__`. */
function documentsOf(data: Uint8Array, names: LoadRequest["documents"]): object {
  const value = parseJson(asBuffer(data).toString("utf8")) as JsonObject;
  return names === null ? value : Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

answerQuestions({ compile, load });
