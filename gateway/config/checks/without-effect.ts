import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import { isAuthorizedHere } from "../authorized-here.ts";
import { type Draft, present } from "../draft.ts";
import { keysIn } from "./issuers.ts";

/**
 * What a valid configuration says about identities and bodies and has no effect, or none yet: for warnings. `values`: the file as it is, since an
 * option that is written with its default value is in vain as well.
 */
export function settingsWithoutEffect(draft: Draft, values: JsonValue): Finding[] {
  const file = objectAt(values);
  return [
    ...withoutKeys(draft),
    ...unusedServer(draft),
    ...switchedOff(objectAt(file["authorization"])),
    ...issuersOfNobody(draft, file),
    ...unjudgedBodies(draft, file),
  ];
}

/** No fault: the file is read again while the gateway runs. */
function withoutKeys({ issuers, folder }: Draft): Finding[] {
  return present(issuers)
    .filter(({ item: { jwks } }) => jwks?.file !== undefined)
    .filter(({ item }) => keysIn(item, folder).count === 0)
    .map(({ item, index }) => ({
      path: ["issuers", index, "jwks", "file"],
      at: "value",
      message: `${item.jwks?.file} holds no key that verifies tokens: every token of this issuer is refused until it does`,
    }));
}

function unusedServer({ hasAuthorization, routes, authzen }: Draft): Finding[] {
  const isUsed = authzen?.hooks !== undefined || present(routes).some(({ item }) => isAuthorizedHere(item, true));
  if (!hasAuthorization || isUsed) return [];
  const message =
    "has no effect: no route takes its tokens, which mcp routes do, and others with authorization: gateway";
  return [{ path: ["authorization"], at: "key", message }];
}

function switchedOff(authorization: JsonObject): Finding[] {
  return ["documents", "registration"].flatMap((name) => {
    const section = objectAt(authorization[name]);
    if (section["enabled"] !== false) return [];
    return Object.keys(section)
      .filter((option) => option !== "enabled")
      .map((option) => ({
        path: ["authorization", name, option],
        at: "key" as const,
        message: `has no effect with enabled: false`,
      }));
  });
}

function issuersOfNobody({ tasks, sessions }: Draft, file: JsonObject): Finding[] {
  const endpoints = [
    { path: ["tasks"], values: tasks, written: file["tasks"] },
    {
      path: ["sessions", "task_text"],
      values: sessions?.task_text ?? null,
      written: objectAt(file["sessions"])["task_text"],
    },
  ];
  return endpoints
    .filter(({ values, written }) => values?.clients.length === 0 && Object.hasOwn(objectAt(written), "issuers"))
    .map(({ path }) => ({
      path: [...path, "issuers"],
      at: "key",
      message: `has no effect: ${path.join(".")}.clients, whose issuers these are, lists none`,
    }));
}

/** Only of what is written: the default is larger too, for calls whose arguments no rule reads. */
function unjudgedBodies({ routes, policy }: Draft, file: JsonObject): Finding[] {
  const written = Array.isArray(file["routes"]) ? (file["routes"] as readonly JsonValue[]) : [];
  const most = policy?.input.max;
  return present(routes).flatMap(({ item: { body }, index }) => {
    const max = objectAt(objectAt(written[index])["body"])["max"];
    if (max === undefined || most === undefined || body.policy === "omit" || body.max <= most) return [];
    const message =
      `has no effect above policy.input.max (${most} bytes) for calls whose arguments rules read: they are answered ` +
      "policy_input_too_large; raise policy.input.max with it, or say body.policy: omit where no rule needs the body";
    return [{ path: ["routes", index, "body", "max"], at: "value", message }];
  });
}

function objectAt(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}
