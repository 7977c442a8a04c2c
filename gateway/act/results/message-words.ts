import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

const isNumber = (value: JsonValue): boolean => typeof value === "number";
/** An id of either side: no sentence, and no address. */
const isId = (value: JsonValue): boolean =>
  isNumber(value) || (typeof value === "string" && /^[\w.:-]{0,128}$/.test(value));
const isEmpty = (value: JsonValue): boolean => value === "" || value === null;
const isTime = (value: JsonValue): boolean =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
const oneOf = (words: string): ((value: JsonValue) => boolean) => {
  const known: ReadonlySet<JsonValue> = new Set(words.split(" "));
  return (value) => known.has(value);
};

const relatedTask = "io.modelcontextprotocol/related-task";

/** Of the members of `params` those that say nothing of anybody's, by what the protocol has in them (MCP 2025-11-25 and 2026-07-28). */
const wordless: ReadonlyMap<string, (value: JsonValue) => boolean> = new Map(
  Object.entries({
    progressToken: isId,
    requestId: isId,
    taskId: isId,
    progress: isNumber,
    total: isNumber,
    ttl: (value) => isNumber(value) || isEmpty(value),
    ttlMs: (value) => isNumber(value) || isEmpty(value),
    pollInterval: isNumber,
    pollIntervalMs: isNumber,
    createdAt: isTime,
    lastUpdatedAt: isTime,
    resultType: oneOf("complete task input_required"),
    level: oneOf("debug info notice warning error critical alert emergency"),
    status: oneOf("working input_required completed failed cancelled"),
    message: isEmpty,
    reason: isEmpty,
    statusMessage: isEmpty,
    data: isEmpty,
    _meta: isWordlessMeta,
  }),
);

/** Whether a message beside an answer, or what is said of a task, holds words that could be somebody's: texts, numbers, names of members. */
export function hasWords({ params = {} }: JsonObject): boolean {
  if (!isJsonObject(params)) return true;
  return Object.entries(params).some(([name, value]) => wordless.get(name)?.(value) !== true);
}

function isWordlessMeta(meta: JsonValue): boolean {
  if (!isJsonObject(meta)) return false;
  return Object.entries(meta).every(([name, value]) => name === relatedTask && isTask(value));
}

function isTask(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const { taskId = null, ...rest } = value;
  return isId(taskId) && Object.keys(rest).length === 0;
}
