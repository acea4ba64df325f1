package fault

// Described is what the documents say of a code.
type Described struct {
	Code Code
	// Where it occurs; of refusals, the documents take it from the schema.
	Where string
	// Again reports whether the same request may be sent again, and when.
	Again string
	// Do is what a client does about it.
	Do string
}

// ErrorCodes describes every code of an error beside data.
func ErrorCodes() []Described {
	return []Described{
		{
			Unauthenticated, "Any field that takes somebody who is signed in; an event stream whose session is over.", "no",
			"Sign in, then send it again with the new token or cookie.",
		},
		{
			Forbidden, "A field that takes a module; `createOrg` while new orgs are closed. " +
				"`module`, `action`, `orgId`; `scope` where all rows are needed; `coordinate`; `count` where it stands for all " +
				"rows of a list.", "no",
			"Leave the field out, by `viewerGrants` and `permissions.json`. The message says whom to ask.",
		},
		{
			LimitExceeded, "A document, a request, a response or an event that is larger or takes longer than it may. " +
				"`limit`, `max`, `asked`; `asked` is `max` + 1 where counting ended there.", "no",
			"Ask for smaller pages, for fewer fields, or in several requests.",
		},
		{
			RateLimited, "Any request, when the caller's budget is empty or its org's places are taken; the end of a " +
				"subscription. `retryAfter`, in seconds.",
			"after `retryAfter`", "Wait that long. Nothing was done.",
		},
		{
			BadRequest, "A request that is not one of this API: its JSON, an argument, a cursor; one with a cookie from a " +
				"page of another origin.", "no",
			"Mend the request; the message says what is wrong.",
		},
		{
			IdempotencyConflict, "A mutation whose `Idempotency-Key` was used for another one, or for this one, which still " +
				"runs.", "a moment later, if it still runs",
			"Use a new key for each thing to be done, and the same one for trying it again.",
		},
		{ParseFailed, "A document that is no GraphQL.", "no", "Mend the document; `locations` say where."},
		{
			ValidationFailed, "A document or variables that do not fit the schema. `variable` where one is wrong.", "no",
			"Mend the document or the variables; generate code from `/schema.graphql` anew.",
		},
		{
			PersistedNotFound, "An automatic persisted query that this server does not know.", "at once, with the text",
			"Send the query together with its hash, once. Client libraries do so.",
		},
		{
			NotInSafelist, "A server that runs registered operations alone.", "no",
			"Register the operation with the server (`DEPUTY_OPERATIONS`).",
		},
		{
			OutcomeUnknown, "A mutation during whose commit the connection to the database was lost: it was done, or it was " +
				"not. `requestId`.",
			"with the same `Idempotency-Key`", "Send it again with the key. Without one, look whether it was done first.",
		},
		{
			Unavailable, "Any request while the database is away; over HTTP with the status 503. `retryAfter`, in seconds.",
			"after `retryAfter`",
			"Wait that long. Nothing was done.",
		},
		{
			Internal, "Anywhere: a fault of the server. `requestId`.", "once",
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
		{Code: NameTaken, Again: never, Do: "Have another name chosen."},
		{Code: TooMany, Again: never, Do: "Split the batch up, or make room as the message says."},
		{Code: CodeWrong, Again: never, Do: "Have the code typed again."},
		{Code: CodeExpired, Again: never, Do: "Send a new code."},
		{
			Code: CodeTooSoon, Again: "after the seconds that the message names",
			Do: "Count them down before another code may be sent.",
		},
		{Code: TooManyAttempts, Again: "later, as the message says", Do: "Wait, or send a new code."},
		{Code: SignInFailed, Again: never, Do: "Have address and password typed again, or offer to set a new password."},
		{Code: AlreadyBound, Again: never, Do: "The person is in the list of sub-accounts already."},
		{Code: OrgLimitReached, Again: never, Do: "The person leaves another org first."},
		{Code: AccountOwnsOrg, Again: never, Do: "Use another phone number or e-mail address of the person."},
		{Code: AccountHasSeats, Again: never, Do: "Leave all orgs first, or open the org with another account."},
		{Code: RoleInUse, Again: never, Do: "Give its holders other roles first; the message says how many there are."},
		{Code: RoleRequired, Again: never, Do: "Have at least one role chosen."},
		{Code: ModuleNotGrantable, Again: never, Do: "Leave the module out: `modules { grantable }` tells."},
		{Code: OutOfScope, Again: never, Do: "Show the row without its controls; the message says whom to ask."},
		{Code: ChangedMeanwhile, Again: never, Do: "Show what there is now, and have it confirmed."},
	}
}
