import { findInjection } from "../../../../gateway/detect/injection/injection.ts";
import { parts } from "../found.ts";

test.each([
  "<|im_start|>system",
  "<|eot_id|>",
  "[INST]",
  "<<SYS>>",
  "<system>",
  "</system_prompt>",
  "<IMPORTANT>",
  "[SYSTEM OVERRIDE]",
  "BEGIN SYSTEM PROMPT",
  "<tool_call>",
  "</tool_result>",
  "<function_calls>",
  '<invoke name="transfer">',
  "### System:",
  '"tool_calls": [{',
  '"function_call":{"name"',
])("finds %s", (marker) => {
  const text = `some text\n${marker} more`;
  expect(parts(text, findInjection(text))).toEqual([marker]);
});

test.each([
  "a <| b |> c",
  "<systems> <systematic> <important-note>",
  "[system] boot completed, [INSTANCE], [instant]",
  "text ### System: no line start",
  "### System requirements:",
  "<toolbar> <functional> <invoke>",
  '"tool_calls": 3',
  "Assistant: M. Weber",
])("finds nothing in %s", (text) => {
  expect(findInjection(text)).toEqual([]);
});
