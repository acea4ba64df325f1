import createDataProvider from '@refinedev/graphql';
import { client, orgId } from './refine-client.js';

const constant = (name) => name.replace(/[A-Z]/g, '_$&').toUpperCase(); // createdAt is sorted by CREATED_AT
const list = ({ pagination: { currentPage, pageSize }, filters, sorters: [by] }) => ({
  org: orgId(), first: pageSize, offset: (currentPage - 1) * pageSize,
  filter: Object.fromEntries(filters.filter(({ value }) => value?.length).map(({ field, value }) => [field, value])),
  orderBy: by && { field: constant(by.field), direction: by.order.toUpperCase() },
});
function record({ data: { done } }) {
  const errors = Object.fromEntries(done.userErrors.map(({ field, message }) => [field.slice(1).join('.'), message]));
  if (done.userErrors.length) throw Object.assign(new Error(done.userErrors[0].message), { statusCode: 422, errors });
  return done.record;
}
const input = ({ id, variables }) => ({ input: { orgId: orgId(), id, ...variables } });
const write = { buildVariables: input, dataMapper: record };
export const dataProvider = createDataProvider(client, {
  getList: { buildVariables: list,
    dataMapper: ({ data }) => data.org.list.nodes, getTotalCount: ({ data }) => data.org.list.totalCount },
  getOne: { dataMapper: ({ data }) => data.node }, create: write, update: write,
});
