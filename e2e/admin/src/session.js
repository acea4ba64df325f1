// Who is signed in, and in which org. The session is a cookie that no script can read.
import { send } from '../../browser/src/send.js';

// whole leaves out what was refused below the list or the object that was asked for, such as the creator of an order:
// with that alone, an answer in part is one. When the session is over, the page begins anew.
export function whole(errors = []) {
  if (errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) location.reload();
  return errors.filter(({ path }) => !(path?.length > 2));
}

// ask returns the data of an operation.
export async function ask(query, variables) {
  const response = await send('/graphql', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  const [refused] = whole(errors);
  if (refused) throw new Error(refused.message);
  return data;
}

let org;
export const orgId = () => org;

// enter returns whether somebody is signed in and has an org: their own, or the first one with a seat.
export async function enter() {
  const { viewer } = await ask('{ viewer { account { id } ownedOrg { id } seats { orgId status } } }');
  org = viewer?.ownedOrg?.id ?? viewer?.seats.find((seat) => seat.status === 'ENABLED')?.orgId;
  return org !== undefined;
}

export async function sendCode(phone) {
  const { done } = await ask(`mutation SendCode($to: ContactInput!) {
    done: sendCode(input: { to: $to, purpose: SIGN_IN }) { flow userErrors { code message } }
  }`, { to: { phone } });
  if (done.userErrors.length) throw new Error(done.userErrors[0].message);
  return done.flow;
}

// signIn takes { code: { flow, code } } or { password: { email, password } }.
export async function signIn(input) {
  const { done } = await ask(`mutation SignIn($input: SignInInput!) {
    done: signIn(input: $input, session: COOKIE) { viewer { id account { id } } userErrors { code message } }
  }`, { input });
  if (done.userErrors.length) throw new Error(done.userErrors[0].message);
  return enter();
}

// signOut begins the page anew, so that nothing that was read stays in its memory.
export async function signOut() {
  await ask('mutation SignOut { signOut { endedId } }').catch(console.warn); // it may be over
  location.reload();
}
