import { useMemo } from 'react';
import { graphql, useMutation, usePaginationFragment, useSubscription } from 'react-relay';

// The list of sub-accounts, read both ways. What others change is put into the rows as it happens.
export function SubAccountList({ org }) {
  const { data, loadNext, loadPrevious } = usePaginationFragment(
    graphql`
      fragment SubAccountList_org on Org
      @argumentDefinitions(
        first: { type: "Int", defaultValue: 50 }
        after: { type: "String" }
        last: { type: "Int" }
        before: { type: "String" }
        filter: { type: "SubAccountFilter" }
        orderBy: { type: "SubAccountOrder", defaultValue: { field: NAME } }
      )
      @refetchable(queryName: "SubAccountListPageQuery") {
        id
        subAccounts(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
          @connection(key: "SubAccountList_subAccounts") {
          edges {
            node {
              id
              ...SubAccountList_subAccount
            }
          }
        }
      }
    `,
    org,
  );
  const [disable] = useMutation(graphql`
    mutation SubAccountListDisableMutation($input: DisableSubAccountsInput!) {
      disableSubAccounts(input: $input) {
        subAccounts {
          id
          status
        }
        userErrors {
          code
          field
        }
      }
    }
  `);
  useSubscription(
    useMemo(
      () => ({
        subscription: graphql`
          subscription SubAccountListSubscription($orgId: ID!) {
            subAccountsChanged(orgId: $orgId) {
              id
              ...SubAccountList_subAccount
            }
          }
        `,
        variables: { orgId: data.id },
      }),
      [data.id],
    ),
  );
  const ids = data.subAccounts?.edges.map(({ node }) => node.id) ?? [];
  return (
    <>
      <button onClick={() => loadPrevious(50)} />
      <button onClick={() => disable({ variables: { input: { orgId: data.id, ids, policy: 'ALL_OR_NOTHING' } } })} />
      <button onClick={() => loadNext(50)} />
    </>
  );
}

export const subAccount = graphql`
  fragment SubAccountList_subAccount on SubAccount {
    name
    status
    lastActiveAt
    roles {
      id
      name
    }
  }
`;
