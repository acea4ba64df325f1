import { graphql, useMutation, usePaginationFragment } from 'react-relay';

// The list of roles, page by page; a new role is put at its end, a deleted one taken out, without asking for the list again.
export function RoleList({ org }) {
  const { data, loadNext, hasNext } = usePaginationFragment(
    graphql`
      fragment RoleList_org on Org
      @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }, filter: { type: "RoleFilter" })
      @refetchable(queryName: "RoleListPageQuery") {
        id
        roles(first: $first, after: $after, filter: $filter) @connection(key: "RoleList_roles", filters: ["filter"]) {
          __id
          totalCount
          edges {
            node {
              id
              name
              ...RoleList_role
            }
          }
        }
      }
    `,
    org,
  );
  const [create] = useMutation(graphql`
    mutation RoleListCreateMutation($input: CreateRoleInput!, $connections: [ID!]!) {
      createRole(input: $input) {
        role @appendNode(connections: $connections, edgeTypeName: "RoleEdge") {
          id
          name
          ...RoleList_role
        }
        userErrors {
          code
          message
          field
        }
      }
    }
  `);
  const [remove] = useMutation(graphql`
    mutation RoleListDeleteMutation($input: DeleteRoleInput!, $connections: [ID!]!) {
      deleteRole(input: $input) {
        deletedId @deleteEdge(connections: $connections) @deleteRecord
        userErrors {
          code
          message
        }
      }
    }
  `);
  if (!data.roles) return null; // refused
  const connections = [data.roles.__id];
  const add = (name) => create({ variables: { connections, input: { orgId: data.id, name, grants: [{ module: 'ORDERS' }] } } });
  return (
    <ul>
      {data.roles.edges.map(({ node }) => (
        <li key={node.id} onClick={() => remove({ variables: { connections, input: { orgId: data.id, id: node.id } } })}>
          {node.name}
        </li>
      ))}
      <button onClick={() => add('运营')}>{data.roles.totalCount}</button>
      {hasNext && <button onClick={() => loadNext(20)} />}
    </ul>
  );
}

export const role = graphql`
  fragment RoleList_role on Role {
    description
    grants {
      module
      actions
      scope
    }
    subAccounts(first: 3) {
      totalCount
      nodes {
        name
      }
    }
  }
`;
