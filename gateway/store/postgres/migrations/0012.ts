/** Who has approved may still deny before the call is released: one person can have both votes on it. */
export const twelfth =
  "ALTER TABLE approval_votes DROP CONSTRAINT IF EXISTS approval_votes_pkey, ADD PRIMARY KEY (approval, approver, vote)";
