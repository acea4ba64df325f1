// may reports whether grants, as viewerGrants returns them, open a module to an action.
export const may = (grants, module, action = 'VIEW') => grants.some((grant) => grant.module === module && grant.actions.includes(action));

// A page asks for what its viewer may see, and for nothing that would be refused.
export const desk = `query Desk($org: ID!, $orders: Boolean!, $creators: Boolean!) {
  org(id: $org) {
    id
    name
    orders(first: 20) @include(if: $orders) { nodes { id number amount creatorName } }
    creators(first: 20) @include(if: $creators) { nodes { id name } }
  }
}`;
