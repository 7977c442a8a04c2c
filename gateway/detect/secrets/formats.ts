/**
 * Forms of secrets that their issuers publish, or that scanners of public repositories agree on (GitHub secret scanning's list of
 * supported patterns, https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).
 */
export interface SecretFormat {
  /** What the secret begins with, exactly. */
  readonly prefix: string;
  /** Anchored after the prefix. */
  readonly rest: RegExp;
}

const end = "(?![A-Za-z0-9])";
const urlSafe = "[A-Za-z0-9_-]";

/** Of many prefixes of one form. */
function of(prefixes: string, rest: string): SecretFormat[] {
  return prefixes.split(" ").map((prefix) => ({ prefix, rest: new RegExp(`^${rest}`) }));
}

export const secretFormats: readonly SecretFormat[] = [
  // Clouds
  ...of("AKIA ASIA ABIA ACCA", `[A-Z2-7]{16}${end}`), // AWS: IAM identifiers, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  ...of("AIza", `${urlSafe}{35}(?!${urlSafe})`), // Google API key
  ...of("ya29.", `${urlSafe}{20,512}`), // Google OAuth 2.0 access token
  ...of("GOCSPX-", `${urlSafe}{28}${end}`), // Google OAuth 2.0 client secret
  ...of("LTAI", `[A-Za-z0-9]{20}${end}`), // Alibaba Cloud
  ...of("dop_v1_ doo_v1_ dor_v1_", `[a-f0-9]{64}${end}`), // DigitalOcean
  ...of("AccountKey=", "[A-Za-z0-9+/]{40,100}={0,2}"), // Azure storage
  ...of("SharedAccessKey=", "[A-Za-z0-9+/]{40,100}={0,2}"), // Azure service bus
  ...of("hvs. hvb. hvr.", `${urlSafe}{24,512}`), // HashiCorp Vault
  ...of("dapi", `[a-f0-9]{32}(?:-\\d)?${end}`), // Databricks
  ...of("pul-", `[a-f0-9]{40}${end}`), // Pulumi
  ...of("tskey-", `[a-z]{2,12}-[A-Za-z0-9]{6,24}-[A-Za-z0-9]{16,64}${end}`), // Tailscale
  // Code hosting and registries
  ...of("ghp_ gho_ ghu_ ghs_ ghr_", `[A-Za-z0-9]{36,251}${end}`), // GitHub, https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
  ...of("github_pat_", `[A-Za-z0-9]{22}_[A-Za-z0-9]{59}${end}`),
  ...of("glpat- gldt- glrt- glcbt- glptt- glsoat- glagent-", `${urlSafe}{20,128}`), // GitLab
  ...of("ATATT3 ATCTT3 ATBB", `[A-Za-z0-9_=-]{24,256}`), // Atlassian
  ...of("npm_", `[A-Za-z0-9]{36}${end}`), // npm
  ...of("pypi-", `AgE${urlSafe}{40,512}`), // PyPI: a macaroon, its first bytes are the same
  ...of("dckr_pat_", `${urlSafe}{27}`), // Docker Hub
  ...of("rubygems_", `[a-f0-9]{48}${end}`),
  ...of("hf_", `[A-Za-z]{34}${end}`), // Hugging Face
  // Messages and mail
  ...of("xoxb- xoxp- xoxa- xoxr- xoxs- xoxe-", "(?:\\d{1,13}-)?\\d{5,13}-[A-Za-z0-9-]{10,200}"), // Slack, https://docs.slack.dev/authentication/tokens
  ...of("xapp-", "\\d-[A-Z0-9]{8,14}-\\d{8,14}-[a-f0-9]{40,80}"),
  ...of("SG.", `${urlSafe}{22}\\.${urlSafe}{43}(?!${urlSafe})`), // SendGrid
  ...of("SK", `[a-f0-9]{32}${end}`), // Twilio API key
  ...of("PMAK-", `[a-f0-9]{24}-[a-f0-9]{34}${end}`), // Postman
  // Payment and shops
  ...of("sk_live_ rk_live_ sk_test_ rk_test_ whsec_", `[A-Za-z0-9]{16,128}${end}`), // Stripe, https://docs.stripe.com/keys
  ...of("shpat_ shpss_ shpca_ shppa_", `[a-fA-F0-9]{32}${end}`), // Shopify
  ...of("sq0atp- sq0csp-", `${urlSafe}{22,43}`), // Square
  // Models
  ...of("sk-", `(?:proj|svcacct|admin|None)-${urlSafe}{40,256}`), // OpenAI
  ...of("sk-", `(?=[A-Za-z]*\\d)[A-Za-z0-9]{32,64}(?!${urlSafe})`),
  ...of("sk-ant-", `[a-z]+\\d\\d-${urlSafe}{40,256}`), // Anthropic
  ...of("sk-or-v1-", `[a-f0-9]{64}${end}`), // OpenRouter
  ...of("gsk_ xai-", `[A-Za-z0-9]{48,96}${end}`), // Groq, xAI
  ...of("r8_", `[A-Za-z0-9]{37}${end}`), // Replicate
  // Others
  ...of("AGE-SECRET-KEY-1", `[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}${end}`), // age
  ...of("glsa_", `[A-Za-z0-9]{32}_[a-f0-9]{8}${end}`), // Grafana
  ...of("sntrys_ sntryu_", "[A-Za-z0-9+/=_]{48,256}"), // Sentry
  ...of("lin_api_", `[A-Za-z0-9]{40}${end}`), // Linear
  ...of("ntn_", `[A-Za-z0-9]{43,60}${end}`), // Notion
  ...of("figd_", `${urlSafe}{36,64}`), // Figma
  ...of("sbp_", `[a-f0-9]{40}${end}`), // Supabase
];

/** Secrets in the path of a URL: webhooks that post into a channel. The first group is what must be kept secret. */
export const secretUrls: readonly { readonly host: string; readonly path: RegExp }[] = [
  { host: "https://hooks.slack.com/", path: /^(?:services|workflows|triggers)\/[A-Za-z0-9_/-]{20,120}/ },
  { host: "discord.com/api/webhooks/", path: /^\d{16,20}\/([A-Za-z0-9_-]{60,80})/ },
  { host: "discordapp.com/api/webhooks/", path: /^\d{16,20}\/([A-Za-z0-9_-]{60,80})/ },
  {
    host: "webhook.office.com/webhookb2/",
    path: /^[a-f0-9-]{36}@[a-f0-9-]{36}\/IncomingWebhook\/([A-Za-z0-9]{32}\/[a-f0-9-]{36})/,
  },
  { host: "api.telegram.org/bot", path: /^(\d{8,10}:[A-Za-z0-9_-]{35})/ },
];
