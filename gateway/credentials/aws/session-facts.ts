import { hash } from "node:crypto";
import type { AwsRole, AwsTag } from "../../domain/aws-credential.ts";
import { CredentialFailure } from "../../domain/credential.ts";
import type { CredentialWish } from "../../domain/ports.ts";
import { resourceId } from "../../domain/tool-call.ts";

/** Longest name of a session; https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const longestName = 64;
const tagPattern = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

/**
 * The name of the session in the role's logs. A name of ours that has other characters than `[\w+=,.@-]`, or is too long, is cut, and
 * ends with a digest of the whole, so that two callers never share one.
 */
export function sessionNameOf({ sessionName }: AwsRole, wish: CredentialWish): string {
  const name = factOf(sessionName, wish) ?? wish.subject.id;
  const plain = name.replace(/[^\w+=,.@-]/g, "-");
  if (plain === name && name.length >= 2 && name.length <= longestName) return name;
  return `${plain.slice(0, longestName - 13)}-${hash("sha256", name).slice(0, 12)}`;
}

/**
 * The session's tags. They decide in policies of AWS, so a value that does not fit is no tag of another spelling.
 * @throws CredentialFailure naming the tag
 */
export function tagsOf({ tags }: AwsRole, wish: CredentialWish): [string, string][] {
  return [...tags].flatMap(([key, fact]) => {
    const value = factOf(fact, wish);
    if (value === null) return [];
    if (!tagPattern.test(value))
      throw new CredentialFailure("refused", `the ${fact} of the call cannot be the tag ${key}`);
    return [[key, value] as [string, string]];
  });
}

function factOf(fact: AwsTag, { subject, session, task, call }: CredentialWish): string | null {
  switch (fact) {
    case "subject":
      return subject.id;
    case "client":
      return subject.clientId;
    case "person":
      return subject.actingFor?.id ?? (subject.type === "user" ? subject.id : null);
    case "session":
      return session.id;
    case "task":
      return task?.id ?? null;
    case "tool":
      return resourceId(call);
  }
}
