import type { Span } from "../kinds.ts";

/**
 * Marks with which conversations, system prompts and tool calls are written down for models. In the result of a tool they imitate
 * somebody else. Templates: ChatML and Llama of their model cards; calls: the APIs of the model providers; <IMPORTANT>: "MCP
 * tool poisoning attacks", Invariant Labs 2025.
 */
interface Marker {
  /** Lower case; where one stands, the form is tried. */
  readonly literal: string;
  /** Anchored at the literal. */
  readonly form: RegExp;
  /** Whether it must begin its line. */
  readonly atLineStart?: boolean;
}

const toolTag =
  /^<\/?(?:tool_calls?|tool_use|tool_results?|tool_response|function_calls?|function_results?|function_response)(?:\s[^<>]{0,80})?>/i;
const roleTag =
  /^<\/?(?:system|assistant|sys|admin|developer)(?:[ _-]?(?:prompt|message|instructions?|override|reminder|note|command))?\s?>/i;

const markers: readonly Marker[] = [
  { literal: "<|", form: /^<\|[a-z][a-z_]{2,30}\|>(?:system|user|assistant|tool)?/i },
  { literal: "<system", form: roleTag },
  { literal: "</system", form: roleTag },
  { literal: "<assistant", form: roleTag },
  { literal: "</assistant", form: roleTag },
  { literal: "<admin", form: roleTag },
  { literal: "<developer", form: roleTag },
  { literal: "<important>", form: /^<IMPORTANT>/i },
  { literal: "</important>", form: /^<\/IMPORTANT>/i },
  { literal: "[inst]", form: /^\[INST\]/ },
  { literal: "[/inst]", form: /^\[\/INST\]/ },
  { literal: "<<sys>>", form: /^<<SYS>>/ },
  { literal: "[tool_calls]", form: /^\[TOOL_CALLS\]/ },
  { literal: "[system", form: /^\[system[ _-]?(?:prompt|message|instructions?|override|note|update|command)\]/i },
  { literal: "[admin", form: /^\[admin[ _-]?(?:prompt|message|instructions?|override|command)\]/i },
  { literal: "begin system", form: /^begin system (?:prompt|message|instructions?)/i },
  { literal: "end of system", form: /^end of system (?:prompt|message|instructions?)/i },
  { literal: "end system", form: /^end system (?:prompt|message|instructions?)/i },
  { literal: "<tool", form: toolTag },
  { literal: "</tool", form: toolTag },
  { literal: "<function", form: /^<function=\w{1,64}>|^<function_(?:calls?|results?|response)>/i },
  { literal: "</function", form: toolTag },
  { literal: "<invoke", form: /^<invoke name=["'][\w.-]{1,64}["']>/i },
  { literal: '"tool_calls"', form: /^"tool_calls"\s{0,4}:\s{0,4}\[\s{0,8}\{/ },
  { literal: '"function_call"', form: /^"function_call"\s{0,4}:\s{0,4}\{\s{0,8}"(?:name|arguments)"/ },
  {
    literal: "#",
    form: /^#{1,4} ?(?:system|assistant|instruction)(?: (?:prompt|message|instructions?))? ?:/i,
    atLineStart: true,
  },
  {
    literal: "assistant:",
    form: /^assistant: ?(?:i will|i'll|sure|okay|ok,|certainly|calling|i am going|i'm going|understood)\b/i,
    atLineStart: true,
  },
];

/** Each stands where a marker may be. */
export const markerWords: readonly string[] = markers.map(({ literal }) => literal);

/** @param word which of `markerWords` stands there */
export function markerAt(text: string, word: number, start: number): Span | null {
  const { form, atLineStart = false } = markers[word] as Marker;
  if (atLineStart && !/(?:^|\n)[ \t>*-]{0,4}$/.test(text.slice(Math.max(0, start - 5), start))) return null;
  const length = form.exec(text.slice(start, start + 120))?.[0].length;
  return length === undefined ? null : { start, end: start + length };
}
