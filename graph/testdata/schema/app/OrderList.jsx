import { graphql, useMutation, usePaginationFragment, useRefetchableFragment } from 'react-relay';

// The list of orders, newest first. An order that was opened is asked for again by its id alone.
export function OrderList({ org }) {
  const { data, refetch } = usePaginationFragment(
    graphql`
      fragment OrderList_org on Org
      @argumentDefinitions(
        first: { type: "Int", defaultValue: 20 }
        after: { type: "String" }
        filter: { type: "OrderFilter" }
        orderBy: { type: "OrderOrder" }
      )
      @refetchable(queryName: "OrderListPageQuery") {
        id
        orders(first: $first, after: $after, filter: $filter, orderBy: $orderBy) @connection(key: "OrderList_orders") {
          edges {
            node {
              id
              ...OrderList_order
            }
          }
        }
      }
    `,
    org,
  );
  return (
    <>
      <button onClick={() => refetch({ filter: { statuses: ['PAID'] } })} />
      {data.orders?.edges.map(({ node }) => <Order key={node.id} order={node} orgId={data.id} />)}
    </>
  );
}

function Order({ order, orgId }) {
  const [data, refetch] = useRefetchableFragment(
    graphql`
      fragment OrderList_order on Order @refetchable(queryName: "OrderListOrderQuery") {
        id
        number
        amount
        commission
        paidAt
        settledAt
        creatorName
        creator {
          name
          manager {
            name
          }
        }
      }
    `,
    order,
  );
  const [settle] = useMutation(graphql`
    mutation OrderListSettleMutation($input: SettleOrdersInput!) {
      settleOrders(input: $input) {
        orders {
          ...OrderList_order
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  return (
    <p onClick={() => refetch({}, { fetchPolicy: 'network-only' })} onDoubleClick={() => settle({ variables: { input: { orgId, ids: [data.id] } } })}>
      {data.number}
    </p>
  );
}
