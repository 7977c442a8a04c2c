const SECRET = /^(authorization|cookie|set-cookie|password|token|secret|access_token)$/i;

/** Names of members whose values are never logged. */
export const isSecretName = (name: string): boolean => SECRET.test(name);
