import type { DataApi } from "../admin/opa/data.ts";
import { askedEntrypoint } from "../bundles/layers/asked-documents.ts";
import { documentOf } from "../decide/document.ts";
import { Refusal } from "../domain/errors.ts";
import type { JsonLimits } from "../domain/route.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { readExactJson } from "../parse/json/read-json.ts";
import type { Gateway } from "./compose.ts";
import { policyForCalls } from "./active-policy.ts";

/** Beyond the input itself, what a body may hold. */
const aroundInput = 1_024;
/** Fewer characters can be guessed. */
const shortestToken = 16;

type DataApiDeps = Pick<Gateway, "config" | "bundles" | "clock" | "ids" | "logger">;

/** OPA's Data API; null when nobody may ask. @throws Error that names a client whose token cannot be used */
export function openDataApi({ config, bundles, clock, ids, logger }: DataApiDeps): DataApi | null {
  const { dataApi, input } = config.policy;
  if (dataApi === null) return null;
  const limits = limitsOf(input);
  const activePolicy = policyForCalls(bundles);
  const tokens = () => [...dataApi.tokens].map(([name, reference]) => [name, config.secret(reference)] as const);
  assertLong(tokens());
  return {
    maxBytes: input.maxBytes + aroundInput,
    roles: dataApi.roles,
    tokens,
    ask(path, body, asker) {
      if (!dataApi.paths.includes(path))
        throw new Refusal("resource_unknown", { hint: `policy.data_api.paths does not name ${path.slice(0, 200)}` });
      const given = body === null ? null : inputIn(body, limits);
      const policy = activePolicy();
      if (policy === null) throw new Refusal("policy_not_loaded");
      const decisionId = ids.make("d");
      const question = { entrypoint: askedEntrypoint(path), input: given, now: clock.now(), decisionId };
      const result = documentOf(policy, question, config.policy);
      const about = { path, decision_id: decisionId, asker, revision: policy.revision, defined: result !== null };
      logger.info("data api: answered", about);
      return { decisionId, result, hasInput: given !== null };
    },
  };
}

/** As large as an input may be; the policy's own limits are checked too. */
function limitsOf(input: Gateway["config"]["policy"]["input"]): JsonLimits {
  const { maxBytes, maxDepth, maxKeys, maxKeysPerObject } = input;
  return { maxDepth: maxDepth + 1, maxKeys: maxKeys + 1, maxKeysPerObject, maxStringBytes: maxBytes };
}

/** Null: none, or null itself, which OPA takes for none. @throws Refusal */
function inputIn(body: Buffer, limits: JsonLimits): JsonValue {
  const document = readExactJson(body, limits);
  if (!isJsonObject(document)) throw new Refusal("parameter_invalid", { hint: "the body is an object with input" });
  const other = Object.keys(document).find((name) => name !== "input");
  if (other !== undefined)
    throw new Refusal("parameter_invalid", { hint: `the body has ${other.slice(0, 100)}; it has input alone` });
  return document["input"] ?? null;
}

function assertLong(tokens: readonly (readonly [string, string])[]): void {
  const short = tokens.find(([, token]) => token.length < shortestToken);
  if (short === undefined) return;
  throw new Error(
    `policy.data_api.clients.${short[0]}: its token has fewer than ${shortestToken} characters, so that it can be guessed; make a longer one`,
  );
}
