// What the page keeps while its tab is open, and in the tab alone: what stands in the editors, tokens, passwords and codes among it. Nothing of
// it outlives the tab but the choice of colours. The history keeps the operations without the variables and headers they ran with.
const prefix = 'graphiql:';
const lasting = new Set([`${prefix}theme`]);
const histories = new Set([`${prefix}queries`, `${prefix}favorites`]);

const placeOf = (key) => (lasting.has(key) ? localStorage : sessionStorage);

function bare(key, value) {
  if (!histories.has(key)) return value;
  try {
    const name = key.slice(prefix.length);
    const items = JSON.parse(value)[name].map(({ variables: _variables, headers: _headers, ...item }) => item);
    return JSON.stringify({ [name]: items });
  } catch {
    return ''; // what can't be read is not kept
  }
}

function forget(place, all) {
  for (const key of Object.keys(place)) {
    if (key.startsWith(prefix) && (all || !lasting.has(key))) place.removeItem(key);
  }
}

// What an earlier version of the page left behind for everybody who comes to this browser.
forget(localStorage, false);

export const storage = {
  getItem: (key) => placeOf(key).getItem(key),
  setItem: (key, value) => placeOf(key).setItem(key, bare(key, value)),
  removeItem: (key) => placeOf(key).removeItem(key),
  clear() {
    forget(sessionStorage, true);
    forget(localStorage, true);
  },
  get length() {
    return [sessionStorage, localStorage].flatMap((place) => Object.keys(place)).filter((key) => key.startsWith(prefix)).length;
  },
};
