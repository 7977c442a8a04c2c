/** What a request header name means to the gateway. Names are lower case. */

/** May appear once: two values are two readings (RFC 9110 §5.3 lets only lists be repeated). */
export const singleHeaders: ReadonlySet<string> = new Set([
  ..."host authorization content-type content-length transfer-encoding content-encoding content-location".split(" "),
  ..."content-language content-md5 content-digest cookie date dpop expect from idempotency-key last-event-id".split(
    " ",
  ),
  ..."if-modified-since if-range if-unmodified-since max-forwards origin proxy-authorization range referer".split(" "),
  ..."traceparent upgrade user-agent x-api-key x-request-id mcp-protocol-version mcp-session-id mcp-method".split(" "),
  ..."mcp-name sallyport-intent sallyport-session sallyport-approval http2-settings".split(" "),
]);
export const singlePrefixes: readonly string[] = ["mcp-param-"];

/** Never travels on: the gateway reads these itself, writes its own, or nobody may believe them from a caller. */
export const strippedHeaders: ReadonlySet<string> = new Set([
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
  // who and where the caller is, as some proxy before an upstream might have said it
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
  ..."x-consumer-id x-consumer-username x-credential-identifier x-anonymous-consumer x-tenant-id x-scopes".split(" "),
  // another path or method than the one that was judged
  ..."x-http-method x-http-method-override x-method-override x-method x-rewrite-url x-override-url".split(" "),
  ..."x-request-uri request-uri x-original-url x-accel-redirect x-sendfile base-url http-url destination".split(" "),
  // trace context is continued by the gateway's own
  ..."traceparent tracestate baggage b3".split(" "),
]);
export const strippedPrefixes: readonly string[] = [
  ..."x-forwarded- x-original- x-rewrite- x-sallyport- sallyport- surrogate- x-agent- x-envoy- x-auth-".split(" "),
  ..."x-remote- x-webauth- x-ssl- ssl- x-client- x-b3- x-mtls- x-spiffe- x-goog-iap- x-goog-authenticated-user-".split(
    " ",
  ),
  ..."x-amzn-oidc- x-ms-client-principal x-ms-token-".split(" "),
];

/**
 * A name with one of these words says who or where the caller is, or what is asked for, to some proxy, framework or cloud. There
 * are more such names than anybody can list, and no call depends on what an agent says of itself in a header.
 */
export const strippedWords: ReadonlySet<string> = new Set([
  ..."forward forwarded proxy ip ip4 ip6 ipv4 ipv6 clientip socketip addr address country visitor edgescape hop peer".split(
    " ",
  ),
  ..."user userid username users email group groups role roles scope scopes permissions admin superuser sudo".split(
    " ",
  ),
  ..."agent principal subject identity actor acting behalf impersonate tenant org account customer consumer credential".split(
    " ",
  ),
  ..."auth authenticated authenticate authorization jwt token accesstoken idtoken claims assertion secret".split(" "),
  ..."cert certificate clientcert dn svid spiffe mtls tls ssl https".split(" "),
  ..."original rewrite override replaced host url uri path scheme proto port method script".split(" "),
  ..."middleware subrequest invoke matched route decorator metadata internal cache trace traceid span spanid".split(
    " ",
  ),
]);
export const strippedVendors: readonly string[] = [
  ..."cf- fastly- fly- akamai- x-akamai- incap- ali-cdn- tailscale- x-authentik- x-authelia- x-pomerium- x-hasura-".split(
    " ",
  ),
  ..."x-kubernetes- x-azure- x-appengine- x-vercel- x-nf- x-sucuri- x-datadog- uber-trace-".split(" "),
];

/** Have one of the words, and are harmless. */
export const harmlessHeaders: ReadonlySet<string> = new Set(["user-agent", "cache-control"]);

/** The Connection list can never name these: they are ours to set, or carry the call's meaning. */
export const keptFromConnection: ReadonlySet<string> = new Set([
  "accept",
  "content-type",
  "idempotency-key",
  "last-event-id",
]);
export const keptPrefixes: readonly string[] = ["mcp-"];
