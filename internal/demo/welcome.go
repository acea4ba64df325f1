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

// entry is printed where there is a console.
const entry = `Open this link to be the owner of the demo in the console. It works once, for five minutes.

  %s

`

// welcome is printed with the base URL, the org's id, a token, the addresses, and the link into the console.
const welcome = `
Deputy is running with demo data.

%[4]s

%[5]sSign in as the owner (13800000001) or as a sub-account (13800000011): send yourself a code, read flow= and code=
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

// Place is where the server is, and what it serves there.
type Place struct {
	// Base is its URL, without a path.
	Base string
	// Console reports whether it serves the console, and Trusted whether only registered operations run.
	Console, Trusted bool
}

// list returns the addresses below the base URL. There is no playground if only registered operations run.
func (p Place) list() string {
	var text string
	if p.Console {
		text += "  Console     " + p.Base + "/console\n"
	}
	text += "  GraphQL     " + p.Base + "/graphql\n"
	if !p.Trusted {
		text += "  Playground  " + p.Base + "/playground\n"
	}
	return text + "  Schema      " + p.Base + "/schema.graphql"
}
