import { useMemo } from 'react';
import { graphql, useLazyLoadQuery, useMutation, usePaginationFragment, useSubscription } from 'react-relay';

// Orders page after page. A change that is told, and one of our own, are in the rows by themselves: an order is known
// by its id.
export function Orders({ org }) {
  const data = useLazyLoadQuery(
    graphql`
      query relayOrdersQuery($org: ID!) {
        org(id: $org) {
          id
          ...relayOrders_org
          creators(first: 1) {
            totalCount
          }
        }
      }
    `,
    { org },
  );
  const { data: page, loadNext, hasNext } = usePaginationFragment(
    graphql`
      fragment relayOrders_org on Org
      @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
      @refetchable(queryName: "relayOrdersPageQuery") {
        id
        name
        orders(first: $first, after: $after) @connection(key: "relayOrders_orders") {
          edges {
            node {
              id
              number
              amount
              status
            }
          }
        }
      }
    `,
    data.org,
  );
  const [settle] = useMutation(graphql`
    mutation relayOrdersSettleMutation($input: SettleOrdersInput!) {
      settleOrders(input: $input) {
        orders {
          id
          status
        }
        userErrors {
          code
          message
          field
        }
      }
    }
  `);
  useSubscription(
    useMemo(
      () => ({
        subscription: graphql`
          subscription relayOrdersChangedSubscription($org: ID!) {
            ordersChanged(orgId: $org) {
              id
              amount
              status
            }
          }
        `,
        variables: { org },
      }),
      [org],
    ),
  );
  if (!page.orders) return null; // refused
  return (
    <>
      {page.orders.edges.map(({ node }) => (
        <p key={node.id} onClick={() => settle({ variables: { input: { orgId: org, ids: [node.id] } } })}>
          {node.number} {node.amount} {node.status}
        </p>
      ))}
      {hasNext && <button onClick={() => loadNext(20)} />}
    </>
  );
}
