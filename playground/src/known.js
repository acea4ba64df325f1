import { useSyncExternalStore } from 'react';

// What the answers so far said that the next operation needs: a code's flow, a token, and ids of the org that was seen last. It lives as
// long as the page; nothing of it is stored.
let known = {};
const listeners = new Set();

// idsQuery finds, for each placeholder, the newest object for which the examples work: so that what one makes, the next one changes. What
// the viewer may not read is null.
export const idsQuery = `query Ids($org: ID!, $named: Boolean!) {
  viewer { id sessions { id current } }
  org(id: $org) @include(if: $named) { ...Ids }
  orgs(first: 1) @skip(if: $named) { nodes { ...Ids } }
}
fragment Ids on Org {
  id
  roles(last: 1) { nodes { id } }
  subAccounts(last: 1, filter: { statuses: [ENABLED] }) { nodes { id } }
  creators(last: 1, filter: { statuses: [SIGNED] }) { nodes { id } }
  drafts: tasks(first: 1, filter: { statuses: [DRAFT] }) { nodes { id } }
  open: tasks(first: 5, filter: { statuses: [OPEN] }) { nodes { id assignments(first: 100) { nodes { id status } } } }
  orders(first: 1, filter: { statuses: [PAID] }) { nodes { id } }
  apps { id tokens { id status } }
}`;

export const idsVariables = () => ({ org: known.org ?? '', named: known.org !== undefined });

// remember keeps what an answer to an operation said.
export function remember(data) {
  if (!data) return;
  const next = { ...known };
  next.org = JSON.stringify(data).match(/"(org_[0-9a-z]+)"/)?.[1] ?? known.org;
  for (const payload of Object.values(data)) {
    if (typeof payload?.flow === 'string') next.flow = payload.flow;
    if (typeof payload?.token === 'string') next.token = payload.token;
  }
  update(next);
}

// rememberIds keeps the answer to idsQuery; an id that it does not have any more is forgotten.
export function rememberIds(data) {
  const org = data?.org ?? data?.orgs?.nodes[0];
  const first = (connection) => connection?.nodes?.[0]?.id;
  // The newest app is the last one; its newest token is the first.
  const apps = org?.apps?.toReversed() ?? [];
  const tokens = apps.flatMap((app) => app.tokens ?? []);
  const assignments = org?.open?.nodes.flatMap((task) => task.assignments?.nodes ?? []) ?? [];
  update({
    ...known,
    org: org?.id ?? known.org,
    role: first(org?.roles),
    subAccount: first(org?.subAccounts),
    creator: first(org?.creators),
    task: first(org?.drafts) ?? first(org?.open),
    assignment: assignments.find(({ status }) => status === 'ASSIGNED' || status === 'ACCEPTED')?.id,
    order: first(org?.orders),
    app: apps[0]?.id,
    apiToken: tokens.find(({ status }) => status === 'LIVE')?.id,
    session: data?.viewer?.sessions?.find((session) => !session.current)?.id,
  });
}

// forgetIds is for another viewer, whose org and objects are others.
export function forgetIds() {
  update({ flow: known.flow, token: known.token });
}

export function forgetToken() {
  update({ ...known, token: undefined });
}

export function useKnown() {
  return useSyncExternalStore(subscribe, () => known);
}

const places = {
  org: 'org_…', role: 'rol_…', subAccount: 'sub_…', creator: 'cre_…', task: 'tsk_…', assignment: 'asg_…', order: 'ord_…', session: 'ses_…', flow: 'flw_…',
  app: 'app_…', apiToken: 'tok_…',
};

// fill puts what is known where variables have a placeholder.
export function fill(variables, seen) {
  return Object.entries(places).reduce((text, [name, place]) => text.replaceAll(place, seen[name] ?? place), variables);
}

function update(next) {
  known = next;
  listeners.forEach((listener) => listener());
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
