import type { Config } from "../config/config.ts";
import type { Login } from "../config/login.ts";
import { samePerson } from "../domain/approval.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { didYouMean } from "../lib/suggest.ts";

/** A role that the policy's data names for a server, and how many people with it have to approve. */
interface NeededRole {
  /** Path of the line, below `data.sallyport`. */
  readonly at: string;
  readonly server: string;
  readonly role: string;
  readonly people: number;
}

/** People whom `two_people` asks, rego/sallyport/rules/amounts/two_people. */
const TWO = 2;

/**
 * Roles that the policy's data asks to approve and that too few people have, one warning each. A provider may give a role
 * to any number of people, so only a role that no mapping gives is counted. Roles that rules name themselves are not seen,
 * and neither are lines of servers that no call can reach.
 */
export function approverWarnings(data: JsonObject, { listeners, routes, authzen }: Config): string[] {
  const { login } = listeners.console;
  // Other enforcement points ask about servers that no route leads to.
  const isReached = ({ server }: NeededRole): boolean =>
    authzen !== null || routes.some((one) => one.server === server);
  const mapped = new Set([...(login?.oidc?.roles.values() ?? [])].flat());
  const users = login?.users ?? [];
  return [...roleWarnings(neededRoles(data).filter(isReached), users, mapped), ...sharedNames(users)];
}

type Users = Login["users"];

function roleWarnings(needs: readonly NeededRole[], users: Users, mapped: ReadonlySet<string>): string[] {
  const given = new Set([...mapped, ...users.flatMap(({ roles }) => roles)]);
  return [...Map.groupBy(needs, ({ role }) => role)].flatMap(([role, ofRole]) => {
    const holders = distinct(users.filter(({ roles }) => roles.includes(role))).length;
    const lacking = mapped.has(role) ? [] : ofRole.filter(({ people }) => people > holders);
    if (lacking.length === 0) return [];
    const places = lacking.map(({ at }) => `data.sallyport.${at}`).join(", ");
    const most = Math.max(...lacking.map(({ people }) => people));
    const problem =
      holders === 0
        ? `nobody has the role ${role}${didYouMean(role, [...given])}`
        : `${most} people with the role ${role} are needed, and ${holders} ${holders === 1 ? "person has" : "people have"} it`;
    return [`listeners.console.login: ${problem}; calls that wait for it (${places}) are never approved`];
  });
}

/** One of each person, as votes are counted. */
function distinct(users: Users): Users[number][] {
  return users.filter((user, index) => !users.slice(0, index).some((other) => isSame(user, other)));
}

function isSame(one: Users[number], other: Users[number]): boolean {
  return samePerson({ approver: one.name, also: one.also }, { approver: other.name, also: other.also });
}

function sharedNames(users: Users): string[] {
  return users.flatMap((user, index) =>
    users
      .slice(0, index)
      .filter((other) => isSame(user, other))
      .map(
        ({ name }) =>
          `listeners.console.login.users: ${name} and ${user.name} have a name or an address in \`also\` in common, so they count as one person: they fill one place together, and neither decides about what is called for the other`,
      ),
  );
}

function neededRoles(data: JsonObject): NeededRole[] {
  const sallyport = data["sallyport"];
  const approvers = membersOf(member(sallyport, "approvers")).flatMap(([server, line]) =>
    needed(`approvers.${server}`, server, line, member(line, "count")),
  );
  const twoPeople = membersOf(member(sallyport, "two_people")).flatMap(([server, tools]) =>
    membersOf(tools).flatMap(([tool, line]) => needed(`two_people.${server}.${tool}`, server, line, TWO)),
  );
  return [...approvers, ...twoPeople];
}

function needed(at: string, server: string, line: JsonValue, people: JsonValue | undefined): NeededRole[] {
  const role = member(line, "role");
  return typeof role === "string" ? [{ at, server, role, people: typeof people === "number" ? people : 1 }] : [];
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function membersOf(value: JsonValue | undefined): [string, JsonValue][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}
