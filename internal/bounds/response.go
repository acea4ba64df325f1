package bounds

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/model"
	"deputy/internal/fault"
)

const (
	// responseBase is the maximum length of a response's data, in bytes, without rows, and responseRow what each row of
	// its cost adds.
	responseBase, responseRow = 64 << 10, 16 << 10
)

var (
	msgResponse = fault.Message{
		Zh: "响应过大：最多 %d 字节。请减小 first、少选字段，或分多次请求。",
		En: "the response is too large: at most %d bytes; use a smaller first, select fewer fields, or split the request",
	}
	msgResponseDone = fault.Message{
		Zh: "操作已完成，但响应过大：最多 %d 字节。请少选字段，另行查询结果。",
		En: "the operation was carried out, but the response is too large: at most %d bytes; select fewer fields, and " +
			"query the result separately",
	}
)

// MostBytes returns the maximum length of the data of the operation's response.
func MostBytes(op *graphql.OperationContext) int {
	if told, known := CostOf(op); known && told.bytes > 0 {
		return told.bytes
	}
	return Limits{}.WithDefaults().Response
}

// Overlong returns the response that replaces one that is too long.
func Overlong(ctx context.Context, op *graphql.OperationContext, most int) *graphql.Response {
	said, done := msgResponse, op.Operation.Operation == ast.Mutation
	if done {
		said = msgResponseDone
	}
	err := fault.Limit(limitResponse, most, most+1, said, most)
	if done {
		err = err.With("committed", true)
	}
	graphql.AddError(ctx, err)
	return &graphql.Response{Data: []byte("null")}
}

// Bounded bounds the size of responses of the generated executor. gqlgen builds a response in memory before it is
// written, so texts beyond the limit are left out while it is built; the number of objects is bounded by the cost.
func Bounded(op *graphql.OperationContext, exec func() graphql.ResponseHandler) graphql.ResponseHandler {
	most := MostBytes(op)
	var written atomic.Int64
	resolve := op.ResolverMiddleware
	op.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		value, err := resolve(ctx, next)
		switch text := value.(type) {
		case int64: // gqlgen checks this only when it writes the parent
			if _, beyond := model.AppendInt64(nil, text); beyond != nil {
				return nil, beyond
			}
		case *int64:
			if text != nil {
				if _, beyond := model.AppendInt64(nil, *text); beyond != nil {
					return nil, beyond
				}
			}
		case string:
			if written.Add(int64(len(text))) > int64(most) {
				return "", err
			}
		case *string:
			if text != nil && written.Add(int64(len(*text))) > int64(most) {
				return new(string), err
			}
		case []string:
			for _, one := range text {
				written.Add(int64(len(one)))
			}
			if written.Load() > int64(most) {
				return []string{}, err
			}
		}
		return value, err
	}
	answers := exec()
	return func(ctx context.Context) *graphql.Response {
		written.Store(0)
		response := answers(ctx)
		if response != nil && (written.Load() > int64(most) || len(response.Data) > most) {
			return Overlong(ctx, op, most)
		}
		return response
	}
}
