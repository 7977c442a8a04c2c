/** Names by which some proxy, framework or cloud tells a server behind it who calls, from where, or what is asked for. */
export const spoofingNames: readonly string[] = [
  // the caller's address and the way it came
  ..."x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-server x-forwarded-prefix".split(
    " ",
  ),
  ..."x-forwarded-by x-forwarded-scheme x-forwarded-ssl x-forwarded-path x-forwarded-uri x-forwarded-url".split(" "),
  ..."x-forwarded-method x-forwarded-context x-forwarded-proto-version x-forwarded-client-cert x-forwarded".split(" "),
  ..."forwarded forwarded-for forwarded-host forwarded-proto x-forward-for x-forward x-real-ip x-real-host".split(" "),
  ..."x-client-ip x-clientip client-ip clientip x-cluster-client-ip x-remote-ip x-remote-addr remote-addr remote-host".split(
    " ",
  ),
  ..."true-client-ip x-true-client-ip x-true-ip cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 cf-ipcountry".split(
    " ",
  ),
  ..."cf-visitor cf-ray cf-worker fastly-client-ip fastly-ssl fly-client-ip fly-forwarded-port akamai-origin-hop".split(
    " ",
  ),
  ..."x-akamai-edgescape x-azure-clientip x-azure-socketip x-azure-ref x-appengine-user-ip x-appengine-country".split(
    " ",
  ),
  ..."x-nf-client-connection-ip x-vercel-forwarded-for x-vercel-ip-country x-originating-ip x-source-ip x-peer-ip".split(
    " ",
  ),
  ..."x-sucuri-clientip incap-client-ip ali-cdn-real-ip x-ssl-client-ip wl-proxy-client-ip proxy-client-ip z-forwarded-for".split(
    " ",
  ),
  ..."x-envoy-external-address x-envoy-peer-metadata x-envoy-internal x-envoy-original-path x-envoy-original-dst-host".split(
    " ",
  ),
  ..."x-envoy-decorator-operation x-envoy-expected-rq-timeout-ms x-envoy-max-retries x-envoy-retry-on x-envoy-attempt-count".split(
    " ",
  ),
  // which proxy a CGI-like program behind the server is to use (CVE-2016-5385), and what one in front of it can do
  ..."proxy x-http-proxy http-proxy surrogate-capability alt-used".split(" "),
  // who the caller is
  ..."remote-user remote-groups remote-email remote-name x-remote-user x-remote-groups x-remote-email x-remote-name".split(
    " ",
  ),
  ..."x-user x-user-id x-userid x-user-name x-username x-user-email x-user-roles x-user-groups x-email x-groups x-roles".split(
    " ",
  ),
  ..."x-role x-scopes x-scope x-permissions x-admin x-is-admin x-superuser x-authenticated-user x-authenticated-userid".split(
    " ",
  ),
  ..."x-authenticated-groups x-authenticated-scope x-authenticated x-auth-user x-auth-request-user x-auth-request-email".split(
    " ",
  ),
  ..."x-auth-request-groups x-auth-request-access-token x-auth-token x-auth-roles x-auth-subject x-webauth-user".split(
    " ",
  ),
  ..."x-webauth-email x-webauth-name x-token-claims x-jwt-payload x-jwt-assertion x-jwt-claims x-id-token x-access-token".split(
    " ",
  ),
  ..."x-consumer-id x-consumer-username x-consumer-custom-id x-consumer-groups x-credential-identifier x-anonymous-consumer".split(
    " ",
  ),
  ..."x-tenant-id x-tenant x-org-id x-account-id x-customer-id x-principal x-principal-id x-subject x-identity x-actor".split(
    " ",
  ),
  ..."x-impersonate-user impersonate-user impersonate-group impersonate-uid x-on-behalf-of x-acting-for x-sudo sudo".split(
    " ",
  ),
  ..."x-agent-id x-agent-name x-agent-role x-agent x-ms-client-principal x-ms-client-principal-id x-ms-client-principal-name".split(
    " ",
  ),
  ..."x-ms-token-aad-access-token x-ms-token-aad-id-token x-goog-iap-jwt-assertion x-goog-authenticated-user-email".split(
    " ",
  ),
  ..."x-goog-authenticated-user-id x-amzn-oidc-data x-amzn-oidc-identity x-amzn-oidc-accesstoken x-amz-security-token".split(
    " ",
  ),
  ..."x-pomerium-jwt-assertion x-pomerium-claim-email cf-access-jwt-assertion cf-access-authenticated-user-email".split(
    " ",
  ),
  ..."tailscale-user-login tailscale-user-name x-authentik-username x-authentik-groups x-authelia-user x-kubernetes-user".split(
    " ",
  ),
  ..."x-hasura-role x-hasura-admin-secret x-hasura-user-id x-api-key api-key apikey x-authorization x-spiffe-id".split(
    " ",
  ),
  ..."proxy-authorization proxy-authenticate x-proxy-user proxy-user x-mtls-subject".split(" "),
  // the caller's certificate
  ..."client-cert client-cert-chain x-client-cert x-client-cert-chain x-client-certificate x-ssl-cert x-ssl-client-cert".split(
    " ",
  ),
  ..."x-ssl-client-dn x-ssl-client-s-dn x-ssl-client-verify ssl-client-cert ssl-client-verify ssl-client-s-dn".split(
    " ",
  ),
  ..."x-tls-client-cert x-arr-clientcert x-client-dn x-client-verify x-spiffe-svid".split(" "),
  // another path, method or host than the one that was judged
  ..."x-original-url x-original-uri x-original-path x-original-method x-original-host x-original-forwarded-for".split(
    " ",
  ),
  ..."x-original-to x-rewrite-url x-rewrite-uri x-override-url x-http-method x-http-method-override x-method-override".split(
    " ",
  ),
  ..."x-method x-http-path-override x-http-host-override x-host x-url x-uri x-path x-scheme x-proto x-port x-base-url".split(
    " ",
  ),
  ..."base-url http-url request-uri x-request-uri x-request-path x-request-method x-accel-redirect x-sendfile".split(
    " ",
  ),
  ..."x-url-scheme x-forwarded-request-uri x-forwarded-request-method front-end-https destination x-script-name script-name".split(
    " ",
  ),
  ..."x-replaced-path x-envoy-original-method x-middleware-subrequest x-middleware-prefetch x-invoke-path x-matched-path".split(
    " ",
  ),
  ..."x-middleware-rewrite x-now-route-matches x-cache-key via".split(" "),
  // the gateway's own words, and traces
  ..."sallyport-decision sallyport-subject sallyport-route sallyport-approved x-sallyport-decision x-sallyport-subject".split(
    " ",
  ),
  ..."traceparent tracestate baggage b3 x-b3-traceid x-b3-spanid x-b3-sampled x-cloud-trace-context x-amzn-trace-id".split(
    " ",
  ),
  ..."uber-trace-id x-datadog-trace-id cookie cookie2 dpop signature signature-input".split(" "),
];
