import { ask, orgId } from './session.js';

const constant = (name) => name.replace(/[A-Z]/g, '_$&').toUpperCase(); // paidAt is sorted by PAID_AT

// list is the request of a ProTable.
export const list = (query) => async ({ current, pageSize, ...search }, sort, choices) => {
  const [[by, way] = []] = Object.entries(sort);
  const { nodes, totalCount } = (await ask(query, {
    org: orgId(), first: pageSize, offset: (current - 1) * pageSize, filter: { ...search, ...choices },
    orderBy: by && { field: constant(by), direction: way === 'ascend' ? 'ASC' : 'DESC' },
  })).org.list;
  return { data: nodes, total: totalCount, success: true };
};

// save returns the errors of a form's fields.
export const save = async (mutation, values) => {
  const { done } = await ask(mutation, { input: { orgId: orgId(), ...values } });
  return done.userErrors.map(({ field, message }) => ({ name: field.slice(1), errors: [message] }));
};
