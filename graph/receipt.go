package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/ent"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/store"
)

// IdempotencyHeader names a mutation, so that a client that got no answer can ask again without doing it twice.
const IdempotencyHeader = "Idempotency-Key"

// maxKey is how long a key may be, in bytes.
const maxKey = 255

// keyless are the mutations of which a key is ignored: what they answer is good once, or must not be kept. Clients set
// a key on every mutation.
var keyless = []string{"sendCode", "sendBindCode", "signIn", "setPassword"}

var (
	msgKeyLength = fault.Message{
		Zh: "Idempotency-Key 必须为 1 到 %d 个字符。",
		En: "An Idempotency-Key must have 1 to %d characters.",
	}
	msgKeyAlone = fault.Message{
		Zh: "带 Idempotency-Key 的请求只能包含一个 mutation 字段。",
		En: "A request with an Idempotency-Key must have one mutation field alone.",
	}
	msgKeyTaken = fault.Message{
		Zh: "这个 Idempotency-Key 已用于另一个请求：请换一个新的。",
		En: "This Idempotency-Key was used for another request: take a new one.",
	}
	msgKeyBusy = fault.Message{
		Zh: "带这个 Idempotency-Key 的请求仍在执行：请稍后重试。",
		En: "The request with this Idempotency-Key is still running: try again in a moment.",
	}
)

// receipts is a gqlgen extension that refuses keys where they have no meaning, before anything is done.
type receipts struct{}

// ExtensionName implements graphql.HandlerExtension.
func (receipts) ExtensionName() string { return "Receipts" }

// Validate implements graphql.HandlerExtension.
func (receipts) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator: it refuses the request when its key is wrong, and
// drops one that is ignored.
func (receipts) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if err := checkKey(op); err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// checkKey refuses, with BAD_REQUEST, a key of one field among several, and one of a wrong length.
func checkKey(op *graphql.OperationContext) error {
	keys, given := op.Headers[http.CanonicalHeaderKey(IdempotencyHeader)]
	if !given || op.Operation.Operation != "mutation" {
		return nil
	}
	fields := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Mutation"})
	if len(fields) == 1 && slices.Contains(keyless, fields[0].Name) {
		op.Headers = op.Headers.Clone()
		op.Headers.Del(IdempotencyHeader)
		return nil
	}
	switch {
	case len(keys) != 1 || keys[0] == "" || len(keys[0]) > maxKey:
		return fault.New(fault.BadRequest, msgKeyLength, maxKey)
	case len(fields) != 1:
		return fault.New(fault.BadRequest, msgKeyAlone)
	}
	return nil
}

// receipt is the key of the running mutation, and the request that it stands for.
type receipt struct {
	id      string
	request [sha256.Size]byte
}

// receiptOf returns the receipt that the request asks for, and false when it has no key. Keys belong to an account.
func receiptOf(ctx context.Context, accountID string) (r receipt, given bool, err error) {
	op := graphql.GetOperationContext(ctx)
	key := op.Headers.Get(IdempotencyHeader)
	if key == "" {
		return r, false, nil
	}
	id := sha256.Sum256([]byte(accountID + "\x00" + key))
	body, err := json.Marshal([]any{op.RawQuery, op.OperationName, op.Variables})
	if err != nil {
		return r, false, fmt.Errorf("read request: %w", err)
	}
	return receipt{hex.EncodeToString(id[:]), sha256.Sum256(body)}, true, nil
}

// kept is what a mutation answered, as a receipt keeps it.
type kept[T any] struct {
	Done    T              `json:"done"`
	Refused fault.Refusals `json:"refused,omitempty"`
}

// plain returns refusals with their messages filled in: what fills them would not be the same after JSON.
func plain(refused fault.Refusals) fault.Refusals {
	filled := make(fault.Refusals, len(refused))
	for i, f := range refused {
		filled[i] = fault.New(f.Code, fault.Message{Zh: f.Text(fault.Zh), En: f.Text(fault.En)}).At(f.Field...)
	}
	return filled
}

// withReceipt does the work once for each key: what it answered is written with the change, and given again to the same
// request, which again tells; see replayed. Another request under the key is IDEMPOTENCY_CONFLICT, and so is the same
// one while the first still runs.
func withReceipt[T any](
	ctx context.Context, tx *store.Tx, act audit.Act, do func(context.Context, *store.Tx, audit.Act) (T, fault.Refusals,
		error),
) (done T, refused fault.Refusals, again bool, err error) {
	r, given, err := receiptOf(ctx, act.Viewer.AccountID)
	if err != nil || !given {
		if err == nil {
			done, refused, err = do(ctx, tx, act)
		}
		return done, refused, false, err
	}
	free, err := tx.Claim(ctx, r.id)
	if err != nil {
		return done, nil, false, err
	}
	if !free {
		return done, nil, false, fault.New(fault.IdempotencyConflict, msgKeyBusy)
	}
	found, err := tx.Receipt.Get(ctx, r.id)
	switch {
	case err == nil:
		if string(found.Request) != string(r.request[:]) {
			return done, nil, false, fault.New(fault.IdempotencyConflict, msgKeyTaken)
		}
		var again kept[T]
		if err := json.Unmarshal([]byte(found.Answer), &again); err != nil {
			return done, nil, false, fmt.Errorf("read receipt: %w", err)
		}
		return again.Done, again.Refused, true, nil
	case !ent.IsNotFound(err):
		return done, nil, false, fmt.Errorf("read receipt: %w", err)
	}
	done, refused, err = do(ctx, tx, act)
	if err != nil || !tx.Wrote() {
		return done, refused, false, err
	}
	answer, err := json.Marshal(kept[T]{done, plain(refused)})
	if err != nil {
		return done, nil, false, fmt.Errorf("write receipt: %w", err)
	}
	err = tx.Receipt.Create().SetID(r.id).SetRequest(r.request[:]).SetAnswer(string(answer)).SetCreatedAt(act.At).Exec(ctx)
	if err != nil {
		return done, nil, false, fmt.Errorf("write receipt: %w", err)
	}
	return done, refused, false, nil
}
