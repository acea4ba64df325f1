package demo

// own greets whoever has data already: where everything is.
const own = `
Deputy is running. The database holds data of yours, so it was not filled with demo data.

%s

`

// bound is said where operations by their id alone run: where everything is.
const bound = `
Deputy is running with demo data, and with the operations of DEPUTY_OPERATIONS alone.

%s

`

// welcome tells a newcomer what to do next: base URL, org id, token, and where everything is.
const welcome = `
Deputy is running with demo data.

%[4]s

Sign in as the owner (13800000001) or as a sub-account (13800000011): send yourself a code, read flow= and code=
in the log line "verification code", and sign in with them.

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"mutation { sendCode(input: {to: {phone: \"13800000001\"}, purpose: SIGN_IN}) { flow userErrors { message } } }"}'
  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"mutation { signIn(input: {code: {flow: \"FLOW\", code: \"CODE\"}}) { token userErrors { message } } }"}'

The demo owner is signed in already. Paste this as it stands: the org, its roles, and who holds them.

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -H 'Authorization: Bearer %[3]s' \
    -d '{"query":"{ org(id: \"%[2]s\") { id name roles(first: 20) { totalCount nodes { id name modules subAccounts(first: 50) { totalCount nodes { id name status roles { id name } } } } } } }"}'

It has 40 creators, 15 tasks and 5,000 orders of the last 400 days too: the playground has an example of every operation.

`

// places says where everything is at the base URL; there is no playground where operations by their id alone run.
func places(base string, trusted bool) string {
	text := "  GraphQL     " + base + "/graphql\n"
	if !trusted {
		text += "  Playground  " + base + "/playground\n"
	}
	return text + "  Schema      " + base + "/schema.graphql"
}
