/** Someone who may sign in to the console. Roles are the configuration's; the password hash is all the store adds. */
export interface Account {
  readonly name: string;
  /** PHC string: `$scrypt$ln=…,r=…,p=…$salt$hash`. */
  readonly password: string;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Other names of the same person, as callers and tokens may know them. */
  readonly also: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created_at: number;
}

/** The durable side of console accounts. */
export interface AccountStore {
  get(name: string): Account | null;
  list(): Account[];
  /** Inserts or replaces; on disk when it returns. */
  put(account: Account): void;
  remove(name: string): void;
}
