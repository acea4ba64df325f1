import buildDataProvider from 'ra-data-graphql';
import { client, operations, orgId } from './react-admin-client.js';

const constant = (name) => name.replace(/[A-Z]/g, '_$&').toUpperCase(); // createdAt is sorted by CREATED_AT
const rows = ({ pagination: { page, perPage }, sort: { field, order }, filter }) => ({
  org: orgId(), first: perPage, offset: (page - 1) * perPage, filter,
  orderBy: { field: constant(field), direction: order },
});
const input = ({ id, data, previousData: before }) => ({
  input: { orgId: orgId(), id,
    ...Object.fromEntries(Object.entries(data).filter(([key, value]) => value !== before?.[key])) },
});
const read = { GET_LIST: rows, GET_ONE: ({ id }) => ({ id }), GET_MANY: ({ ids }) => ({ ids }) };
function parseResponse({ data: { org: { list } = {}, node, nodes, done } }) {
  const errors = done?.userErrors.map(({ field, message }) => [field.slice(1).join('.'), message]);
  if (errors?.length) throw Object.assign(new Error(errors[0][1]), { errors: Object.fromEntries(errors) });
  return list ? { data: list.nodes, total: list.totalCount } : { data: done?.record ?? node ?? nodes?.filter(Boolean) };
}
const buildQuery = () => (method, resource, params) => (
  { query: operations[resource][method], variables: (read[method] ?? input)(params), parseResponse });
export const dataProvider = await buildDataProvider({ client, introspection: false, buildQuery });
