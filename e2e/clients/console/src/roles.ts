// A role is read, and another is made of its grants: what is read is what is written.
import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql } from './graphql';

export const roles = graphql(`
  query Roles($org: ID!) {
    org(id: $org) {
      id
      roles(first: 20) { nodes { id name grants { module actions scope } } }
      orders(first: 20) { nodes { id number amount paidAt settledAt } }
    }
  }
`);

export const createRole = graphql(`
  mutation CopyRole($input: CreateRoleInput!) {
    createRole(input: $input) { role { id name } userErrors { code message field } }
  }
`);

export function copy(answer: ResultOf<typeof roles>, name: string): VariablesOf<typeof createRole> | null {
  const org = answer.org;
  const role = org?.roles?.nodes[0];
  return org && role ? { input: { orgId: org.id, name, grants: role.grants } } : null;
}

export function total(answer: ResultOf<typeof roles>): number {
  return answer.org?.orders?.nodes.reduce((sum, order) => sum + order.amount, 0) ?? 0;
}

export function days(answer: ResultOf<typeof roles>): string[] {
  return answer.org?.orders?.nodes.map((order) => (order.settledAt ?? order.paidAt).slice(0, 10)) ?? [];
}
