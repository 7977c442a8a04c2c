/**
 * The section of `policy` by which all gateways of a run of the tests share one cache, as `scripts/run-tests.mjs` names it. What a policy
 * is compiled to depends on the digest of the gateway's code and of each source, so no test is judged by what another code made.
 */
export function sharedCache(): { readonly cache?: object } {
  const dir = process.env["TEST_POLICY_CACHE"];
  if (dir === undefined || process.env["TEST_POLICY_CACHE_KEY"] === undefined) return {};
  return { cache: { dir, key: "env:TEST_POLICY_CACHE_KEY", max: "1GiB" } };
}
