package demo

// welcome tells a newcomer what to do next: base URL, org id and token.
const welcome = `
Deputy is running with demo data.

  GraphQL     %[1]s/graphql
  Playground  %[1]s/playground
  Schema      %[1]s/schema.graphql

Sign in as the owner (13800000001) or as a sub-account (13800000011): send yourself a code, read flow= and code=
in the log line "verification code", and sign in with them.

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"mutation { sendCode(input: {to: {phone: \"13800000001\"}, purpose: SIGN_IN}) { flow userErrors { message } } }"}'
  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"mutation { signIn(input: {code: {flow: \"FLOW\", code: \"CODE\"}}) { token userErrors { message } } }"}'

The demo owner is signed in already. Paste this as it stands: the org, its roles, and who holds them.

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -H 'Authorization: Bearer %[3]s' \
    -d '{"query":"{ org(id: \"%[2]s\") { name roles(first: 20) { totalCount nodes { name modules subAccounts(first: 50) { totalCount nodes { name status roles { name } } } } } } }"}'

It has 40 creators, 15 tasks and 5,000 orders of the last 90 days too: the playground has an example of every operation.

`
