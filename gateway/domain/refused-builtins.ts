/** Builtins of OPA that this gateway refuses on purpose, and what a policy does instead; policies that use one do not compile. */
export const refusedBuiltins: ReadonlyMap<string, string> = new Map([
  ["http.send", "a policy that calls out cannot be replayed; have the gateway put the fact into the input"],
  [
    "net.lookup_ip_addr",
    "a policy that resolves names cannot be replayed; read input.context.urls, which has the class of each address",
  ],
  ["opa.runtime", "the environment is in input.context.gateway"],
  [
    "rego.parse_module",
    "no call is judged by the syntax of a policy; parse with `opa parse` before the policy is built",
  ],
]);
