// The operations of both consoles, and the server that they are for.
export const api = new URLSearchParams(location.search).get('api');

export const sendCode = `mutation SendCode($phone: String!) {
  sendCode(input: { to: { phone: $phone }, purpose: SIGN_IN }) { flow userErrors { code } }
}`;

export const signIn = `mutation SignIn($code: CodeInput!) {
  signIn(input: { code: $code }, session: COOKIE) { token viewer { id ownedOrg { id } } userErrors { code } }
}`;

export const signOut = `mutation SignOut { signOut { endedId userErrors { code } } }`;

export const desk = `query Desk($org: ID!) {
  org(id: $org) {
    id
    name
    roles(first: 100) { nodes { id name subAccounts(first: 50) { nodes { id name roles { id name } } } } }
    auditEvents(first: 1) { nodes { id } }
  }
}`;

export const createRole = `mutation CreateRole($org: ID!, $name: String!) {
  createRole(input: { orgId: $org, name: $name, grants: [{ module: ORDERS, actions: [VIEW] }] }) { role { id } userErrors { code } }
}`;

export const watch = `subscription Watch($org: ID!, $after: ID) { auditEvents(orgId: $org, after: $after) { id operation } }`;
