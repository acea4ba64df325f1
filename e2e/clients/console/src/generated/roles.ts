// The same with what graphql-codegen writes.
import type { CopyRoleMutationVariables, GrantInput, RolesQuery } from '../gql/graphql';

export function copy(answer: RolesQuery, name: string): CopyRoleMutationVariables | null {
  const org = answer.org;
  const role = org?.roles?.nodes[0];
  if (!org || !role) return null;
  const grants: GrantInput[] = role.grants;
  return { input: { orgId: org.id, name, grants } };
}

export function total(answer: RolesQuery): number {
  return answer.org?.orders?.nodes.reduce((sum, order) => sum + order.amount, 0) ?? 0;
}

export function days(answer: RolesQuery): string[] {
  return answer.org?.orders?.nodes.map((order) => (order.settledAt ?? order.paidAt).slice(0, 10)) ?? [];
}
