// Package fault is the one error type of the product: a stable code, and a message for people in two languages. Clients
// get any other error as INTERNAL, without details.
package fault

import (
	"fmt"
	"slices"
)

// Code is the stable name of an error; it is part of the public contract.
type Code string

// Refusals, which the viewer can correct. They are returned in userErrors (UserErrorCode in the schema).
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
	// OutOfScope is for a row that the viewer can see but not edit.
	OutOfScope Code = "OUT_OF_SCOPE"
	// ChangedMeanwhile is for an object that has changed since the viewer read it.
	ChangedMeanwhile Code = "CHANGED_MEANWHILE"
)

// Errors next to the data: mistakes of the client, or requests that it is not allowed. The code is in
// errors[].extensions.code.
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
	// OutcomeUnknown is for a change that may have been made or not: the connection to the database was lost during its
	// commit.
	OutcomeUnknown Code = "OUTCOME_UNKNOWN"
	// Unavailable is returned while the database is unavailable; it has retryAfter, in seconds, and over HTTP the status
	// 503.
	Unavailable Code = "UNAVAILABLE"
	Internal    Code = "INTERNAL"
)

var refusals = []Code{
	Invalid, NotFound, NameTaken, TooMany, CodeWrong, CodeExpired, CodeTooSoon, TooManyAttempts, SignInFailed,
	AlreadyBound, OrgLimitReached, AccountOwnsOrg, AccountHasSeats, RoleInUse, RoleRequired, ModuleNotGrantable,
	OutOfScope, ChangedMeanwhile,
}

// IsRefusal reports whether the code is returned in userErrors.
func (c Code) IsRefusal() bool { return slices.Contains(refusals, c) }

// Message is a text in both languages. Formatting verbs take the same arguments in the same order in both.
type Message struct{ Zh, En string }

// Lang is a language of messages.
type Lang string

// The languages; Chinese is the default.
const (
	Zh Lang = "zh-CN"
	En Lang = "en"
)

// Error is an error that is shown to the client.
type Error struct {
	Code Code
	// Message and Args are the format and the arguments of Text.
	Message Message
	Args    []any
	// Field is the path of the input at fault, such as ["input", "name"]; empty when there is no single one.
	Field []string
	// Extra is added to the error's extensions, next to the code. Refusals have none.
	Extra map[string]any
	// Object of the refusal, for the audit event; nil when it is not known.
	Object *Object
	// Cause is logged and never shown.
	Cause error
}

// Object names an object as audit events do: its type in the schema, its id, and its label.
type Object struct{ Type, ID, Label string }

// New returns an error; args fill the verbs of the message. An arg that is a Message is written in the same language.
func New(code Code, m Message, args ...any) *Error {
	return &Error{Code: code, Message: m, Args: args}
}

// Limit returns a LIMIT_EXCEEDED error with the limit, its maximum, and what was asked for. If counting stopped at the
// limit, asked is the maximum plus one.
func Limit[N int | int64](limit string, most, asked N, m Message, args ...any) *Error {
	return New(LimitExceeded, m, args...).With("limit", limit).With("max", most).With("asked", asked)
}

// At returns a copy with the path of the input at fault.
func (e *Error) At(field ...string) *Error {
	at := *e
	at.Field = field
	return &at
}

// About returns a copy with the object of the refusal.
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

// Text returns the message in the language, with its arguments.
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
