// Package fault is the one error type of the product: a stable code, and a message for people in two languages. Any
// other error is spoken to clients as INTERNAL and nothing else.
package fault

import (
	"fmt"
	"slices"
)

// Code is the stable name of what went wrong; it is part of the public contract.
type Code string

// Refusals: the person asking can put them right. They are answered as userErrors (UserErrorCode in the schema).
const (
	Invalid            Code = "INVALID"
	NotFound           Code = "NOT_FOUND"
	NameTaken          Code = "NAME_TAKEN"
	TooMany            Code = "TOO_MANY"
	CodeWrong          Code = "CODE_WRONG"
	CodeExpired        Code = "CODE_EXPIRED"
	CodeTooSoon        Code = "CODE_TOO_SOON"
	TooManyAttempts    Code = "TOO_MANY_ATTEMPTS"
	SignInFailed       Code = "SIGN_IN_FAILED"
	AlreadyBound       Code = "ALREADY_BOUND"
	OrgLimitReached    Code = "ORG_LIMIT_REACHED"
	AccountOwnsOrg     Code = "ACCOUNT_OWNS_ORG"
	AccountHasSeats    Code = "ACCOUNT_HAS_SEATS"
	RoleInUse          Code = "ROLE_IN_USE"
	RoleRequired       Code = "ROLE_REQUIRED"
	ModuleNotGrantable Code = "MODULE_NOT_GRANTABLE"
	// OutOfScope is a row that the person asking sees and may not edit.
	OutOfScope Code = "OUT_OF_SCOPE"
	// ChangedMeanwhile is something that is not what the person asking saw any more.
	ChangedMeanwhile Code = "CHANGED_MEANWHILE"
)

// Errors beside data: what the client did wrong or may not do. They are answered as errors[].extensions.code.
const (
	Unauthenticated     Code = "UNAUTHENTICATED"
	Forbidden           Code = "FORBIDDEN"
	LimitExceeded       Code = "LIMIT_EXCEEDED"
	RateLimited         Code = "RATE_LIMITED"
	BadRequest          Code = "BAD_REQUEST"
	IdempotencyConflict Code = "IDEMPOTENCY_CONFLICT"
	ParseFailed         Code = "GRAPHQL_PARSE_FAILED"
	ValidationFailed    Code = "GRAPHQL_VALIDATION_FAILED"
	PersistedNotFound   Code = "PERSISTED_QUERY_NOT_FOUND"
	NotInSafelist       Code = "QUERY_NOT_IN_SAFELIST"
	// OutcomeUnknown says that a change may have been made or not: the connection to the database was lost over its
	// commit.
	OutcomeUnknown Code = "OUTCOME_UNKNOWN"
	// Unavailable is answered while the database is away; it has retryAfter, in seconds, and over HTTP the status 503.
	Unavailable Code = "UNAVAILABLE"
	Internal    Code = "INTERNAL"
)

var refusals = []Code{
	Invalid, NotFound, NameTaken, TooMany, CodeWrong, CodeExpired, CodeTooSoon, TooManyAttempts, SignInFailed,
	AlreadyBound, OrgLimitReached, AccountOwnsOrg, AccountHasSeats, RoleInUse, RoleRequired, ModuleNotGrantable,
	OutOfScope, ChangedMeanwhile,
}

// IsRefusal reports whether the code is answered in userErrors.
func (c Code) IsRefusal() bool { return slices.Contains(refusals, c) }

// Message is a wording in both languages. Formatting verbs take the same arguments in the same order in both.
type Message struct{ Zh, En string }

// Lang is a language that messages exist in.
type Lang string

// The languages; Chinese is the default.
const (
	Zh Lang = "zh-CN"
	En Lang = "en"
)

// Error is something that went wrong and that the client is told about.
type Error struct {
	Code Code
	// Message and Args are what Text speaks.
	Message Message
	Args    []any
	// Field is the path of the input that is wrong, such as ["input", "name"]; empty when no single one is.
	Field []string
	// Extra goes into the error's extensions, beside the code. Refusals have none.
	Extra map[string]any
	// Object that a refusal is about, for the record; nil when none is known.
	Object *Object
	// Cause is logged and never shown.
	Cause error
}

// Object names something as the record does: its type in the schema, its id, and what it is called.
type Object struct{ Type, ID, Label string }

// New makes an error; args fill the verbs of the message. An arg that is a Message is written in the same language.
func New(code Code, m Message, args ...any) *Error {
	return &Error{Code: code, Message: m, Args: args}
}

// Limit makes an error LIMIT_EXCEEDED: the limit that is exceeded, how much it allows, and how much was asked for.
// Where counting ends at the limit, that is one more than it allows.
func Limit[N int | int64](limit string, most, asked N, m Message, args ...any) *Error {
	return New(LimitExceeded, m, args...).With("limit", limit).With("max", most).With("asked", asked)
}

// At returns a copy that names the input at fault.
func (e *Error) At(field ...string) *Error {
	at := *e
	at.Field = field
	return &at
}

// About returns a copy that says which object it is about.
func (e *Error) About(o Object) *Error {
	about := *e
	about.Object = &o
	return &about
}

// With returns a copy whose extensions hold the value under the key.
func (e *Error) With(key string, value any) *Error {
	with := *e
	with.Extra = make(map[string]any, len(e.Extra)+1)
	for k, v := range e.Extra {
		with.Extra[k] = v
	}
	with.Extra[key] = value
	return &with
}

// In returns the message in a language.
func (m Message) In(lang Lang) string {
	if lang == En {
		return m.En
	}
	return m.Zh
}

// Text speaks the message.
func (e *Error) Text(lang Lang) string {
	format := e.Message.In(lang)
	if len(e.Args) == 0 {
		return format
	}
	args := make([]any, len(e.Args))
	for i, arg := range e.Args {
		switch m := arg.(type) {
		case Message:
			arg = m.In(lang)
		case *Error:
			arg = m.Text(lang)
		}
		args[i] = arg
	}
	return fmt.Sprintf(format, args...)
}

// Error implements error, for logs.
func (e *Error) Error() string {
	if e.Cause != nil {
		return string(e.Code) + ": " + e.Cause.Error()
	}
	return string(e.Code) + ": " + e.Text(En)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }
