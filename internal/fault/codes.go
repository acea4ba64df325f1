package fault

// Described is the documentation of a code.
type Described struct {
	Code Code
	// Where it occurs; for refusals, the documents take it from the schema.
	Where string
	// Again states whether and when the same request may be sent again.
	Again string
	// Do is what a client does about it.
	Do string
}

// ErrorCodes describes every code of an error next to the data.
func ErrorCodes() []Described {
	return []Described{
		{
			Unauthenticated, "Any field that requires a signed-in caller; an API token that does not work; an event stream " +
				"after its session or token has ended.", "no",
			"Sign in, then repeat the request with the new token or cookie. An app needs another API token, from the owner " +
				"of the org.",
		},
		{
			Forbidden, "A field that requires a module, or that is for people only (`apps` is false then); `createOrg` while " +
				"new orgs are closed. `module`, `action`, `orgId`; `scope` if all rows are required; `coordinate`; `count` if " +
				"it applies to several rows of a list.", "no",
			"Omit the field, based on `viewerGrants` and `permissions.json`. The message names the person to ask.",
		},
		{
			LimitExceeded, "A document, a request, a response or an event that is too large or takes too long. `limit`, " +
				"`max`, " +
				"`asked`; `asked` is `max` + 1 if counting stopped there.", "no",
			"Request smaller pages or fewer fields, or split the request.",
		},
		{
			RateLimited, "Any request, when the caller's budget is empty or its org's share of connections is in use; the end " +
				"of a subscription. `retryAfter`, in seconds.",
			"after `retryAfter`", "Wait that long. Nothing was changed.",
		},
		{
			BadRequest, "An invalid request: its JSON, an argument, a cursor; a request with a cookie from a page of another " +
				"origin.", "no",
			"Correct the request; the message states what is wrong.",
		},
		{
			IdempotencyConflict, "A mutation whose `Idempotency-Key` was used for another mutation, or for the same one, " +
				"which " +
				"is still running.", "later, if it is still running",
			"Use a new key for each change, and the same key for a retry.",
		},
		{ParseFailed, "A document that is not valid GraphQL.", "no", "Correct the document at `locations`."},
		{
			ValidationFailed, "A document or variables that do not match the schema. `variable` if a variable is wrong.", "no",
			"Correct the document or the variables; generate the client from `/schema.graphql` again.",
		},
		{
			PersistedNotFound, "An automatic persisted query that this server does not know.", "at once, with the text",
			"Send the query with its hash, once. Client libraries do so.",
		},
		{
			NotInSafelist, "A server that runs only registered operations.", "no",
			"Register the operation with the server (`DEPUTY_OPERATIONS`).",
		},
		{
			OutcomeUnknown, "A mutation whose commit lost the connection to the database: it was made, or it was not. " +
				"`requestId`.",
			"with the same `Idempotency-Key`", "Repeat it with the key. Without a key, first check whether it was made.",
		},
		{
			Unavailable, "Any request while the database is unavailable; over HTTP with the status 503. `retryAfter`, in " +
				"seconds.",
			"after `retryAfter`",
			"Wait that long. Nothing was changed.",
		},
		{
			Internal, "Anywhere: an error of the server. `requestId`.", "once",
			"Tell the operator the `requestId`, which is in the log.",
		},
	}
}

// RefusalCodes describes every code of a refusal.
func RefusalCodes() []Described {
	const never = "no"
	return []Described{
		{Code: Invalid, Again: never, Do: "Show the message at the field."},
		{Code: NotFound, Again: never, Do: "Read the list again: the object is gone, or was never visible."},
		{Code: NameTaken, Again: never, Do: "Ask for another name."},
		{Code: TooMany, Again: never, Do: "Split the batch, or make room as described in the message."},
		{Code: CodeWrong, Again: never, Do: "Ask for the code again."},
		{Code: CodeExpired, Again: never, Do: "Send a new code."},
		{
			Code: CodeTooSoon, Again: "after the seconds in the message",
			Do: "Show a countdown before another code can be requested.",
		},
		{Code: TooManyAttempts, Again: "later, as in the message", Do: "Wait, or send a new code."},
		{Code: SignInFailed, Again: never, Do: "Ask for address and password again, or offer to set a new password."},
		{Code: AlreadyBound, Again: never, Do: "The person is in the list of sub-accounts already."},
		{Code: OrgLimitReached, Again: never, Do: "The person leaves another org first."},
		{Code: AccountOwnsOrg, Again: never, Do: "Use another phone number or e-mail address of the person."},
		{Code: AccountHasSeats, Again: never, Do: "Leave all orgs first, or open the org with another account."},
		{Code: RoleInUse, Again: never, Do: "Give its holders other roles first; the message has their number."},
		{Code: RoleRequired, Again: never, Do: "Ask for at least one role."},
		{Code: ModuleNotGrantable, Again: never, Do: "Omit the module; see `modules { grantable }`."},
		{Code: OutOfScope, Again: never, Do: "Show the row without its controls; the message names the person to ask."},
		{Code: ChangedMeanwhile, Again: never, Do: "Show the current values, and ask for confirmation."},
	}
}
