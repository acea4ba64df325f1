// What the pages of all clients ask for: orders page after page, and beside them a list that not everybody may see.
export const orders = `query Orders($org: ID!, $after: String) {
  org(id: $org) {
    id
    name
    orders(first: 20, after: $after) {
      totalCount
      edges { cursor node { id number amount status } }
      pageInfo { hasNextPage endCursor }
    }
    creators(first: 1) { totalCount }
  }
}`;

export const settle = `mutation Settle($input: SettleOrdersInput!) {
  settleOrders(input: $input) { orders { id status } userErrors { code message field } }
}`;

export const changed = `subscription OrdersChanged($org: ID!) {
  ordersChanged(orgId: $org) { id number amount status }
}`;
