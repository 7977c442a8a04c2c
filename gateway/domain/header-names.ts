// What a request header name means to the gateway. Names are lower case.

/** Names by which an MCP client repeats what stands in its message; the gateway compares them with it. */
const mcpPrefix = "mcp-";

export function isOfMcp(name: string): boolean {
  return name.startsWith(mcpPrefix);
}

/** Whether a header never reaches a tool server, whatever the route says. */
export function isStripped(name: string): boolean {
  if (harmlessHeaders.has(name) || isOfMcp(name)) return false;
  if (strippedHeaders.has(name)) return true;
  if ([...strippedPrefixes, ...strippedVendors].some((prefix) => name.startsWith(prefix))) return true;
  const words = name.split("-");
  if (words.some((word) => strippedWords.has(word))) return true;
  return words.some((word) => claimedWords.has(word)) && words.some((word) => identityWords.has(word));
}

/**
 * Whether a header chooses the account or tenant in which the call is executed, as `Stripe-Account` and `X-Tenant-Id` do. One that never
 * reaches a tool server, such as `X-Auth-Tenant` or `X-Account-Email`, chooses nothing.
 */
export function choosesAccount(name: string): boolean {
  if (isOfMcp(name) || isStripped(name)) return false;
  if (name === loginCustomer) return true;
  return name.split("-").some((word) => accountWords.has(word));
}

/** Google Ads: the account through which another one is reached. No proxy says by it who has logged in. */
const loginCustomer = "login-customer-id";

/** Words for what a caller, or a proxy in front of it, may claim to belong to. */
const claimedWords: ReadonlySet<string> = new Set("account customer org tenant".split(" "));

/** Each names a part of a tool server's data that is somebody's, and never a person. */
const accountWords: ReadonlySet<string> = new Set(
  [...claimedWords, ..."organization organisation workspace project team company merchant".split(" ")].flatMap(
    (word) => [word, `${word}s`, `${word}id`],
  ),
);

/** Beside one of `claimedWords`, a word that makes a name say who the caller is or what it may do. In any name, `strippedWords` do. */
const identityWords: ReadonlySet<string> = new Set([
  ..."login caller member membership owner person people employee profile session sso saml oidc oauth ldap iam".split(
    " ",
  ),
  ..."claim signed verified trusted authorized current logged sub uid upn mail key apikey password signature".split(
    " ",
  ),
  ..."grant grants access privilege privileges level type tier plan".split(" "),
]);

/** Never forwarded: the gateway reads these itself, sets its own, or an upstream must not trust them from a caller. */
const strippedHeaders: ReadonlySet<string> = new Set([
  // hop by hop (RFC 9110 §7.6.1), and what the upstream request gets of its own
  ..."connection keep-alive te trailer transfer-encoding upgrade http2-settings expect".split(" "),
  ..."content-length content-type content-encoding host accept-encoding via max-forwards alt-used".split(" "),
  // credentials, of whatever kind
  ..."authorization dpop cookie cookie2 x-api-key api-key apikey x-auth-token x-access-token x-authorization".split(
    " ",
  ),
  ..."x-amz-security-token x-csrf-token x-xsrf-token client-cert client-cert-chain signature signature-input".split(
    " ",
  ),
  // identity and address of the caller, as a proxy would set them
  ..."forwarded x-real-ip x-client-ip x-cluster-client-ip x-remote-ip x-remote-addr true-client-ip".split(" "),
  ..."cf-connecting-ip cf-connecting-ipv6 fastly-client-ip fly-client-ip x-azure-clientip x-appengine-user-ip".split(
    " ",
  ),
  ..."x-host x-url x-scheme x-proto x-port x-http-host-override front-end-https x-url-scheme".split(" "),
  ..."remote-user remote-groups remote-email remote-name x-user x-user-id x-username x-email x-groups x-roles".split(
    " ",
  ),
  ..."x-authenticated-user x-authenticated-userid x-webauth-user x-token-claims x-jwt-payload x-jwt-assertion".split(
    " ",
  ),
  ..."x-consumer-id x-consumer-username x-credential-identifier x-anonymous-consumer x-scopes".split(" "),
  ..."account-name x-account-name customer-name x-customer-name".split(" "),
  // another path or method than the one that was judged
  ..."x-http-method x-http-method-override x-method-override x-method x-rewrite-url x-override-url".split(" "),
  ..."x-request-uri request-uri x-original-url x-accel-redirect x-sendfile base-url http-url destination".split(" "),
  // trace context is continued by the gateway's own
  ..."traceparent tracestate baggage b3".split(" "),
]);
const strippedPrefixes: readonly string[] = [
  ..."x-forwarded- x-original- x-rewrite- x-sallyport- sallyport- surrogate- x-agent- x-envoy- x-auth-".split(" "),
  ..."x-remote- x-webauth- x-ssl- ssl- x-client- x-b3- x-mtls- x-spiffe- x-goog-iap- x-goog-authenticated-user-".split(
    " ",
  ),
  ..."x-amzn-oidc- x-ms-client-principal x-ms-token-".split(" "),
];

/**
 * A name with one of these words says who or where the caller is, or what is asked for, to some proxy, framework or
 * cloud. No list of such names can be complete, and no call depends on what an agent claims about itself in a header.
 */
const strippedWords: ReadonlySet<string> = new Set([
  ..."forward forwarded proxy ip ip4 ip6 ipv4 ipv6 clientip socketip addr address country visitor edgescape hop peer".split(
    " ",
  ),
  ..."user userid username users email group groups role roles scope scopes permissions admin superuser sudo".split(
    " ",
  ),
  ..."agent principal subject identity actor acting behalf impersonate consumer credential".split(" "),
  ..."auth authenticated authenticate authorization jwt token accesstoken idtoken claims assertion secret".split(" "),
  ..."cert certificate clientcert dn svid spiffe mtls tls ssl https".split(" "),
  ..."original rewrite override replaced host url uri path scheme proto port method script".split(" "),
  ..."middleware subrequest invoke matched route decorator metadata internal cache trace traceid span spanid".split(
    " ",
  ),
]);
const strippedVendors: readonly string[] = [
  ..."cf- fastly- fly- akamai- x-akamai- incap- ali-cdn- tailscale- x-authentik- x-authelia- x-pomerium- x-hasura-".split(
    " ",
  ),
  ..."x-kubernetes- x-azure- x-appengine- x-vercel- x-nf- x-sucuri- x-datadog- uber-trace-".split(" "),
];

/** Contain one of these words and are harmless. */
const harmlessHeaders: ReadonlySet<string> = new Set(["user-agent", "cache-control", loginCustomer]);

/**
 * What becomes of a header that says which operation is executed, or in which account, where the route does not name it. refuse: without it the
 * tool server would execute something else than the caller meant. drop: the tool server then uses its default. null: it
 * says no such thing.
 */
export function operationUse(name: string): "refuse" | "drop" | null {
  if (isOfMcp(name) || isStripped(name)) return null;
  const words = name.split("-");
  if (words.some((word) => operationWords.has(word)) || versionOfApi.test(name) || choosesAccount(name))
    return "refuse";
  return words.includes("version") ? "drop" : null;
}

/** `X-Amz-Target`, `SOAPAction`, `X-Action`, `X-Verb`, `X-Operation`, `X-Amz-Copy-Source` and kin. */
const operationWords: ReadonlySet<string> = new Set(
  "action actions cmd command copy fn func function op opcode operation operations procedure rpc soapaction target verb".split(
    " ",
  ),
);

/** Other names with this word are about the client, such as the version of its library. */
const versionOfApi =
  /^(?:x-)?version$|(?:^|-)(?:api|accept|service|schema)-version$|^(?:x-ms|anthropic|intercom|notion|openai|square|stripe)-version$/;

/** Sent to a tool server only where the answer is not judged, or in one era of MCP alone. */
const notAlwaysSent: ReadonlySet<string> = new Set(["range", "if-range"]);

/** Whether `upstream.request_headers` of a route may name it. */
export function isNameable(name: string): boolean {
  return !name.includes("_") && !isStripped(name) && !isOfMcp(name) && !notAlwaysSent.has(name);
}
