/** `text` sorts and compares by bytes, as SQLite does. */
const text = 'TEXT COLLATE "C"';

/** Which policy judged last, for gateways that have no history of their own yet. */
export const sixth = `CREATE TABLE judged_policies (name ${text} PRIMARY KEY, revision TEXT NOT NULL, digest TEXT NOT NULL)`;
