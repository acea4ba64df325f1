package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/ent"
	"deputy/ent/org"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/rule"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// writing is the transaction of a mutation, and the entry of its audit event.
type writing struct {
	*store.Tx
	entry audit.Entry
}

// change runs a mutation that is either refused or done as a whole; see mutation.
func change[T any](
	ctx context.Context, r *Resolver, orgID string, work func(context.Context, writing) (T, error),
) (T, []*model.UserError, error) {
	return changeEach(ctx, r, orgID, func(ctx context.Context, tx writing) (T, fault.Refusals, error) {
		done, err := work(ctx, tx)
		return done, nil, err
	})
}

// changeEach runs a mutation that may refuse a part of its input, and do the rest; see mutation.
func changeEach[T any](
	ctx context.Context, r *Resolver, orgID string, work func(context.Context, writing) (T, fault.Refusals, error),
) (T, []*model.UserError, error) {
	m := mutation[T]{Resolver: r, orgID: orgID, work: work}
	return m.run(ctx)
}

// mutation is a running mutation.
type mutation[T any] struct {
	*Resolver
	orgID  string
	viewer *viewer.Viewer
	// work makes the changes and records them. It returns the result and the refusals of parts. An error that is a refusal
	// means that nothing was changed.
	work  func(context.Context, writing) (T, fault.Refusals, error)
	entry audit.Entry
	attempt[T]
}

// attempt is the result of the transaction, which may run several times.
type attempt[T any] struct {
	begun   bool
	receipt *receipt // of the request; nil when it has no key
	again   bool     // it was done before, and nothing was changed now
	done    T
	refused fault.Refusals
	wrote   bool
}

// run runs a mutation. Its changes are committed with their audit event and receipt, or not at all; refusals are
// returned as user errors.
func (m *mutation[T]) run(ctx context.Context) (done T, refused []*model.UserError, err error) {
	if err := m.account(ctx); err != nil {
		return done, nil, err
	}
	err = m.Store.Write(inTurn(viewer.WithOrg(ctx, m.orgID)), func(ctx context.Context, tx *store.Tx) error {
		m.attempt = attempt[T]{begun: true}
		admitted, err := m.admit(ctx, tx, m.viewer, m.orgID)
		if err != nil {
			return err
		}
		m.entry.Viewer = admitted
		if err := m.findReceipt(ctx, tx); err != nil || m.again {
			return err
		}
		m.done, m.refused, err = m.work(ctx, writing{tx, m.entry}) // records the changes
		if m.wrote = tx.Wrote(); err != nil {
			return err
		}
		return m.keepReceipt(ctx, tx)
	}) // commits, and notifies
	if err := m.recordRefusal(ctx, err); err != nil {
		return done, nil, err
	}
	if err := m.replay(ctx); err != nil {
		return done, nil, err
	}
	return m.done, m.userErrors(ctx, m.refused), nil
}

// account sets the viewer, the operation and the time of the entry. It returns UNAUTHENTICATED when nobody is signed
// in.
func (m *mutation[T]) account(ctx context.Context) error {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return err
	}
	m.viewer = v
	m.entry = audit.Entry{Viewer: v, OrgID: m.orgID, Operation: graphql.GetFieldContext(ctx).Field.Name, At: m.Now()}
	return nil
}

// recordRefusal records a refusal of the mutation if nothing was changed. It returns nil for a refusal that belongs in
// the response, and every other error of the transaction.
func (m *mutation[T]) recordRefusal(ctx context.Context, err error) error {
	if err == nil {
		if !m.wrote && !m.again && len(m.refused) > 0 {
			m.refuse(ctx, m.entry, m.refused[0].Code, m.refused)
		}
		return nil
	}
	refused, refusal := fault.Refused(err)
	switch code, known := fault.CodeOf(err); {
	case !m.begun:
		return err
	case refusal:
		var none T
		m.done, m.refused = none, refused
		m.refuse(ctx, m.entry, refused[0].Code, refused)
		return nil
	case known && code != fault.Internal:
		m.refuse(ctx, m.entry, code, nil)
	}
	return err
}

// ownersAlone reports whether only the owner has the module: its mutations change what others may do.
func ownersAlone(m access.Module) bool {
	info, known := m.Info()
	return known && !info.Grantable
}

// inTurn returns a context in which a mutation that changes access takes precedence over other mutations of its caller
// and org: those of roles, sub-accounts, apps and tokens, and those that no module guards, such as ending sessions and
// leaving an org.
func inTurn(ctx context.Context) context.Context {
	if m, _, guarded := guard(ctx); !guarded || ownersAlone(m) {
		return store.Ahead(ctx)
	}
	return ctx
}

// admit reads the caller's memberships again, in the transaction, and checks the mutation's rule with them. A mutation
// of roles, sub-accounts, apps and tokens locks the org here, so that such mutations of one org run one after the
// other.
func (r *Resolver) admit(ctx context.Context, tx *store.Tx, v *viewer.Viewer, orgID string) (*viewer.Viewer, error) {
	m, a, guarded := guard(ctx)
	if guarded && ownersAlone(m) && tx.LocksRows() {
		if _, err := store.Lock(tx, tx.Org.Query().Where(org.ID(orgID))).IDs(ctx); err != nil {
			return nil, fmt.Errorf("lock org: %w", err)
		}
	}
	begun := time.Now()
	again, err := v.Reload(ctx, tx.Client, r.Now())
	if err != nil {
		return nil, err
	}
	if guarded {
		if err := allowed(again, orgID, m, a); err != nil {
			return nil, err
		}
		tx.Recheck(func(ctx context.Context) error {
			if time.Since(begun) < admittedFor {
				return nil
			}
			now, err := v.Reload(ctx, tx.Client, r.Now())
			if err != nil {
				return err
			}
			return allowed(now, orgID, m, a)
		})
	}
	return again, nil
}

// admittedFor is how long a mutation may run before its rule is checked again when it is recorded.
const admittedFor = 250 * time.Millisecond

// guard returns the module and the action of the running field's rule, and false when it has none.
func guard(ctx context.Context) (m access.Module, a access.Action, guarded bool) {
	for _, r := range rule.Own(graphql.GetFieldContext(ctx).Field.Definition) {
		if m, a, guarded := r.Asks(); guarded {
			return m, a, true
		}
	}
	return 0, 0, false
}

// refuse records the refusal of a mutation if the viewer has a seat in the org. Fields of a payload that are refused
// are not recorded, because the mutation was done. It does not end with the request, and may take as long as any other
// write. An error is only logged.
func (r *Resolver) refuse(ctx context.Context, act audit.Entry, code fault.Code, refusals fault.Refusals) {
	if graphql.GetFieldContext(ctx).Object != mutationType {
		return
	}
	if _, seated := act.Viewer.Memberships[act.OrgID]; !seated {
		return
	}
	writing, cancel := context.WithTimeout(viewer.WithOrg(context.WithoutCancel(ctx), act.OrgID), store.WriteTime)
	defer cancel()
	targets := r.refusedTargets(writing, act.OrgID, code, refusals)
	if err := act.RecordRefusal(writing, r.Store, code, targets...); err != nil {
		r.Log.ErrorContext(ctx, "refusal is not on record", slog.String("operation", act.Operation), slog.Any("error", err))
	}
}

// mutationType is the root type of mutations.
const mutationType = "Mutation"

// nameless is the recorded type of an object with an invalid id.
const nameless = "Node"

// refusedTargets returns the targets of a refused mutation: the objects of its refusals, or else all objects in its
// input. If there are more than are recorded, their number comes first.
func (r *Resolver) refusedTargets(
	ctx context.Context, orgID string, code fault.Code, refusals fault.Refusals,
) []audit.Target {
	var about fault.Refusals
	for _, refusal := range refusals {
		if refusal.Object != nil {
			about = append(about, refusal)
		}
	}
	field := graphql.GetFieldContext(ctx).Field
	if len(about) == 0 {
		given := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
		for _, arg := range field.Definition.Arguments {
			about = append(about, r.named(arg.Name, arg.Type, given[arg.Name], code)...)
		}
	}
	targets := audit.RefusedTargets(about)
	if len(about) > audit.MaxRefused {
		targets = append([]audit.Target{{
			ID: orgID, Type: field.Definition.Type.Name(), Code: code, Changes: audit.Set(audit.Number("refused", len(about))),
		}}, targets...)
	}
	return targets
}

// named returns the objects whose ids occur in a value of a type, except the org.
func (r *Resolver) named(name string, of *ast.Type, value any, code fault.Code) (about fault.Refusals) {
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			about = append(about, r.named(name, of.Elem, one, code)...)
		}
	case []string:
		for _, one := range value {
			about = append(about, r.named(name, of.Elem, one, code)...)
		}
	case map[string]any:
		for _, field := range r.schema.Schema().Types[of.Name()].Fields {
			about = append(about, r.named(field.Name, field.Type, value[field.Name], code)...)
		}
	case string:
		if of.Name() != "ID" || slices.Contains(unnamed, name) {
			return nil
		}
		object := fault.Object{ID: value, Type: nameless}
		if kind, ok := id.KindOf(value); ok {
			object.Type = kind.Type()
		}
		about = append(about, (&fault.Error{Code: code}).About(object))
	}
	return about
}

// unnamed are the inputs with ids that are not objects of an org.
var unnamed = []string{"orgId", "flow"}

// asLevel makes the rows of a mutation's result one level, so that their nested fields are loaded together.
func asLevel[T page.Row](rows []T) []T {
	level := page.NewLevel(rows)
	for _, row := range rows {
		row.SetLevel(level)
	}
	return listed(rows)
}

var msgNull = fault.Message{
	Zh: "这一项不能为 null：不修改时请不要传。",
	En: "This can't be null. Leave it out to keep the current value.",
}

// requireNonNull returns an input that may be absent but not null: nil when it is absent, INVALID at field when it is
// null.
func requireNonNull[T any](in graphql.Omittable[*T], field ...string) (*T, error) {
	value, set := in.ValueOK()
	if set && value == nil {
		return nil, fault.New(fault.Invalid, msgNull).At(field...)
	}
	return value, nil
}

// givenList is requireNonNull for lists.
func givenList[T any](in graphql.Omittable[[]T], field ...string) (*[]T, error) {
	value, set := in.ValueOK()
	switch {
	case !set:
		return nil, nil //nolint:nilnil // absent means unchanged
	case value == nil:
		return nil, fault.New(fault.Invalid, msgNull).At(field...)
	default:
		return &value, nil
	}
}

// emptied returns a text that null clears: nil when it is absent.
func emptied(in graphql.Omittable[*string]) *string {
	value, set := in.ValueOK()
	if set && value == nil {
		return new(string)
	}
	return value
}

// orNone returns the value, or the zero value for null: a form sends null for an empty field.
func orNone[T any](value *T) (zero T) {
	if value != nil {
		return *value
	}
	return zero
}

// cleared returns a value that null clears: nil when it is absent.
func cleared[T any](in graphql.Omittable[*T]) **T {
	if value, set := in.ValueOK(); set {
		return &value
	}
	return nil
}

// firstOf returns the first refusal.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// IdempotencyHeader is the header with the key of a mutation, which a client without a response can repeat without
// making the change twice.
const IdempotencyHeader = "Idempotency-Key"

// maxKey is the maximum length of a key, in bytes.
const maxKey = 255

// keyless are the mutations whose key is ignored: their results are valid only once, or must not be stored. Clients set
// a key on every mutation.
var keyless = []string{"sendCode", "sendBindCode", "signIn", "setPassword", "createApiToken", "rotateApiToken"}

var (
	msgKeyLength = fault.Message{
		Zh: "Idempotency-Key 必须为 1 到 %d 个字符。",
		En: "An Idempotency-Key must have 1 to %d characters.",
	}
	msgKeyAlone = fault.Message{
		Zh: "带 Idempotency-Key 的请求只能包含一个 mutation 字段。",
		En: "A request with an Idempotency-Key must contain exactly one mutation field.",
	}
	msgKeyTaken = fault.Message{
		Zh: "这个 Idempotency-Key 已用于另一个请求：请换一个新的。",
		En: "This Idempotency-Key was already used for another request. Use a new one.",
	}
	msgKeyBusy = fault.Message{
		Zh: "带这个 Idempotency-Key 的请求仍在执行：请稍后重试。",
		En: "The request with this Idempotency-Key is still running. Try again in a moment.",
	}
)

// receipts is a gqlgen extension that refuses invalid keys, before anything runs.
type receipts struct{}

// ExtensionName implements graphql.HandlerExtension.
func (receipts) ExtensionName() string { return "Receipts" }

// Validate implements graphql.HandlerExtension.
func (receipts) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator: it refuses a request with an invalid key, and
// removes one that is ignored.
func (receipts) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if err := checkKey(op); err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// checkKey refuses, with BAD_REQUEST, a key of an operation with several fields, and one of an invalid length.
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

// receipt is the key of the running mutation, and the hash of its request.
type receipt struct {
	id      string
	request [sha256.Size]byte
}

// receiptOf returns the receipt of the request, and nil when it has no key. Keys belong to an account or an app.
func receiptOf(ctx context.Context, principal string) (*receipt, error) {
	op := graphql.GetOperationContext(ctx)
	key := op.Headers.Get(IdempotencyHeader)
	if key == "" {
		return nil, nil //nolint:nilnil // no key, no receipt
	}
	id := sha256.Sum256([]byte(principal + "\x00" + key))
	body, err := json.Marshal([]any{op.RawQuery, op.OperationName, op.Variables})
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	return &receipt{hex.EncodeToString(id[:]), sha256.Sum256(body)}, nil
}

// kept is the result of a mutation as a receipt stores it.
type kept[T any] struct {
	Done    T              `json:"done"`
	Refused fault.Refusals `json:"refused,omitempty"`
}

// plain returns refusals with formatted messages: their arguments would not survive JSON.
func plain(refused fault.Refusals) fault.Refusals {
	filled := make(fault.Refusals, len(refused))
	for i, f := range refused {
		filled[i] = fault.New(f.Code, fault.Message{Zh: f.Text(fault.Zh), En: f.Text(fault.En)}).At(f.Field...)
	}
	return filled
}

// findReceipt looks for the receipt of an earlier, equal request, whose result is returned again. Another request with
// the same key is refused with IDEMPOTENCY_CONFLICT, and so is the same one while the first is still running.
func (m *mutation[T]) findReceipt(ctx context.Context, tx *store.Tx) (err error) {
	if m.receipt, err = receiptOf(ctx, m.entry.Viewer.Principal()); err != nil || m.receipt == nil {
		return err
	}
	free, err := tx.Claim(ctx, m.receipt.id)
	if err != nil {
		return err
	}
	if !free {
		return fault.New(fault.IdempotencyConflict, msgKeyBusy)
	}
	found, err := tx.Receipt.Get(ctx, m.receipt.id)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read receipt: %w", err)
	}
	if string(found.Request) != string(m.receipt.request[:]) {
		return fault.New(fault.IdempotencyConflict, msgKeyTaken)
	}
	var answer kept[T]
	if err := json.Unmarshal([]byte(found.Answer), &answer); err != nil {
		return fmt.Errorf("read receipt: %w", err)
	}
	m.done, m.refused, m.again = answer.Done, answer.Refused, true
	return nil
}

// keepReceipt stores the result together with the change, for a repetition of the request.
func (m *mutation[T]) keepReceipt(ctx context.Context, tx *store.Tx) error {
	if m.receipt == nil || !m.wrote {
		return nil
	}
	answer, err := json.Marshal(kept[T]{m.done, plain(m.refused)})
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	err = tx.Receipt.Create().SetID(m.receipt.id).SetRequest(m.receipt.request[:]).SetAnswer(string(answer)).
		SetCreatedAt(m.entry.At).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	return nil
}

// replay reduces the stored result to what the viewer sees now; see replayed.
func (m *mutation[T]) replay(ctx context.Context) (err error) {
	if m.again {
		m.done, err = replayed(ctx, m.Resolver, m.entry.Viewer, m.done)
	}
	return err
}

var msgGone = fault.Message{
	Zh: "这个请求已经执行过；它的结果中有您现在看不到的内容。",
	En: "This request was already carried out. Its result contains something that you can't see now.",
}

// replayed returns the stored result of a mutation without the objects that the viewer cannot see now. For these it
// adds an error at the payload's field, so that the null is not taken for a refusal.
func replayed[T any](ctx context.Context, r *Resolver, v *viewer.Viewer, done T) (T, error) {
	rows := any(&done)
	if settled, ok := rows.(*backoffice.Settled); ok {
		rows = &settled.Orders
	}
	for _, t := range tables { // counts, ids and links reveal no object
		if mine, err := t.replay(ctx, r, v, rows); mine {
			return done, err
		}
	}
	return done, nil
}

// outOfReach adds an error at the payload's fields of the type: some of their objects are not shown.
func outOfReach(ctx context.Context, typeName string) {
	field := graphql.GetFieldContext(ctx)
	payload := field.Field.Definition.Type.Name()
	for _, f := range graphql.CollectFieldsCtx(ctx, []string{payload}) {
		if f.Definition.Type.Name() == typeName {
			below := graphql.WithFieldContext(ctx, &graphql.FieldContext{Parent: field, Object: payload, Field: f})
			graphql.AddError(below, fault.New(fault.Forbidden, msgGone))
		}
	}
}
