import { aws } from "./aws.ts";
import { casts } from "./casts.ts";
import { crypto } from "./crypto.ts";
import { encoding } from "./encoding.ts";
import { glob } from "./glob.ts";
import { graph } from "./graph.ts";
import { graphql } from "./graphql.ts";
import { jsonSchema } from "./json-schema.ts";
import { jwt } from "./jwt.ts";
import { json } from "./json.ts";
import { printing } from "../printing/print-builtin.ts";
import { redirectsByNative } from "./native/redirects.ts";
import { net } from "./net.ts";
import { numbers } from "./numbers.ts";
import { object } from "./object.ts";
import { regex } from "./regex.ts";
import { semver } from "./semver.ts";
import { formatting } from "./sprintf.ts";
import { strings } from "./strings.ts";
import { template } from "./template.ts";
import { time } from "./time.ts";
import type { Builtin, Redirect } from "./types.ts";
import { units } from "./units.ts";
import { uri } from "./uri.ts";
import { uuid } from "./uuid.ts";
import { x509 } from "./x509.ts";
import { yaml } from "./yaml.ts";

/** Every builtin the host adds to the WASM runtime's own, by its name in OPA. */
export const registry: ReadonlyMap<string, Builtin> = new Map(
  [
    aws,
    casts,
    crypto,
    encoding,
    formatting,
    glob,
    graph,
    graphql,
    json,
    jsonSchema,
    jwt,
    net,
    numbers,
    object,
    printing,
    regex,
    semver,
    strings,
    template,
    time,
    units,
    uri,
    uuid,
    x509,
    yaml,
  ].flatMap((family) => Object.entries(family)),
);

/** Native functions of the WASM runtime that the host answers instead. */
export const redirects: readonly Redirect[] = [...redirectsByNative.values()];
