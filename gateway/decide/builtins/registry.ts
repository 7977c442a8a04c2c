import { crypto } from "./crypto.ts";
import { encoding } from "./encoding.ts";
import { glob } from "./glob.ts";
import { graph } from "./graph.ts";
import { jwt } from "./jwt.ts";
import { json } from "./json.ts";
import { redirectsByNative } from "./native/redirects.ts";
import { net } from "./net.ts";
import { numbers } from "./numbers.ts";
import { object } from "./object.ts";
import { regex } from "./regex.ts";
import { semver } from "./semver.ts";
import { formatting } from "./sprintf.ts";
import { strings } from "./strings.ts";
import { time } from "./time.ts";
import type { Builtin, Redirect } from "./types.ts";
import { units } from "./units.ts";
import { uri } from "./uri.ts";
import { uuid } from "./uuid.ts";

/** Every builtin the host adds to the WASM runtime's own, by its name in OPA. */
export const registry: ReadonlyMap<string, Builtin> = new Map(
  [
    crypto,
    encoding,
    formatting,
    glob,
    graph,
    json,
    jwt,
    net,
    numbers,
    object,
    regex,
    semver,
    strings,
    time,
    units,
    uri,
    uuid,
  ].flatMap((family) => Object.entries(family)),
);

/** Native functions of the WASM runtime that the host answers instead. */
export const redirects: readonly Redirect[] = [...redirectsByNative.values()];
