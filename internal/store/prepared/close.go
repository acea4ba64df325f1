package prepared

import "context"

type onCloseKey struct{}

// OnClose returns a context under which f is called when the rows of a query have been read to their end or closed, so
// that the connection is free for the next query. It is not called for a query that fails. f must not use the
// connection.
func OnClose(ctx context.Context, f func()) context.Context {
	return context.WithValue(ctx, onCloseKey{}, f)
}

func onClose(ctx context.Context) func() {
	if f, ok := ctx.Value(onCloseKey{}).(func()); ok {
		return f
	}
	return func() {}
}
