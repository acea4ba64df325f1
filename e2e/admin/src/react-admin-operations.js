// What each resource is read and written with. Aliases name the list, what was done and the record, so that one glue
// serves them all.
import { gql } from '@apollo/client';

const creator = gql`fragment CreatorRow on Creator { id name platformId category followers status }`;
const order = gql`fragment OrderRow on Order { id number productName amount status creatorName paidAt }`;

export const operations = {
  creators: {
    GET_LIST: gql`
      query Creators($org: ID!, $first: Int, $offset: Int, $filter: CreatorFilter, $orderBy: CreatorOrder) {
        org(id: $org) {
          id
          list: creators(first: $first, offset: $offset, filter: $filter, orderBy: $orderBy) {
            totalCount
            nodes { ...CreatorRow }
          }
        }
      }
      ${creator}`,
    GET_ONE: gql`
      query Creator($id: ID!) { node(id: $id) { id ...CreatorRow } }
      ${creator}`,
    GET_MANY: gql`
      query SomeCreators($ids: [ID!]!) { nodes(ids: $ids) { id ...CreatorRow } }
      ${creator}`,
    CREATE: gql`
      mutation CreateCreator($input: CreateCreatorInput!) {
        done: createCreator(input: $input) { record: creator { ...CreatorRow } userErrors { code message field } }
      }
      ${creator}`,
    UPDATE: gql`
      mutation UpdateCreator($input: UpdateCreatorInput!) {
        done: updateCreator(input: $input) { record: creator { ...CreatorRow } userErrors { code message field } }
      }
      ${creator}`,
  },
  orders: {
    GET_LIST: gql`
      query Orders($org: ID!, $first: Int, $offset: Int, $filter: OrderFilter, $orderBy: OrderOrder) {
        org(id: $org) {
          id
          list: orders(first: $first, offset: $offset, filter: $filter, orderBy: $orderBy) {
            totalCount
            nodes { ...OrderRow }
          }
        }
      }
      ${order}`,
  },
};
