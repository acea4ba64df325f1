import { useSyncExternalStore } from 'react';

// What the answers so far said that the next operation needs: an org's id, a code's flow, a token.
// It lives as long as the page; nothing of it is stored.
let seen = {};
const listeners = new Set();

export function remember(data) {
  if (!data) return;
  const next = { ...seen };
  next.org = JSON.stringify(data).match(/"(org_[0-9a-z]+)"/)?.[1] ?? seen.org;
  for (const payload of Object.values(data)) {
    if (typeof payload?.flow === 'string') next.flow = payload.flow;
    if (typeof payload?.token === 'string') next.token = payload.token;
  }
  update(next);
}

export function forgetToken() {
  update({ ...seen, token: undefined });
}

export function useSeen() {
  return useSyncExternalStore(subscribe, () => seen);
}

// fill puts what is known where an example has a placeholder.
export function fill(variables, { org, flow }) {
  return variables.replaceAll('org_…', org ?? 'org_…').replaceAll('flw_…', flow ?? 'flw_…');
}

function update(next) {
  seen = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
