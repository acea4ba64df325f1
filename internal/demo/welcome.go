package demo

// own is printed when the database already has data.
const own = `
Deputy is running. The database already has data, so no demo data was added.

%s

`

// bound is printed when only the operations of DEPUTY_OPERATIONS run.
const bound = `
Deputy is running with demo data. It runs only the operations in DEPUTY_OPERATIONS.

%s

`

// welcome is printed with the base URL, the org's id, a token, and the addresses.
const welcome = `
Deputy is running with demo data.

%[4]s

Sign in as the owner (13800000001) or as a sub-account (13800000011): send yourself a code, read flow= and code=
in the log line "verification code", and sign in with them.

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"mutation { sendCode(input: {to: {phone: \"13800000001\"}, purpose: SIGN_IN}) { flow userErrors { message } } }"}'
  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -d '{"query":"mutation { signIn(input: {code: {flow: \"FLOW\", code: \"CODE\"}}) { token userErrors { message } } }"}'

The demo owner is already signed in. This query returns the org, its roles and the sub-accounts that have them:

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -H 'Authorization: Bearer %[3]s' \
    -d '{"query":"{ org(id: \"%[2]s\") { id name roles(first: 20) { totalCount nodes { id name modules subAccounts(first: 50) { totalCount nodes { id name status roles { id name } } } } } } }"}'

The org also has 40 creators, 15 tasks and 5,000 orders from the last 400 days. The playground has an example of every operation.

`

// places returns the addresses below the base URL. There is no playground when only registered operations run.
func places(base string, trusted bool) string {
	text := "  GraphQL     " + base + "/graphql\n"
	if !trusted {
		text += "  Playground  " + base + "/playground\n"
	}
	return text + "  Schema      " + base + "/schema.graphql"
}
