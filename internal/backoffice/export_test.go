package backoffice

import (
	"context"

	"deputy/internal/audit"
	"deputy/internal/form"
	"deputy/internal/store"
)

// ImportWithoutFigures is ImportOrders but for the figures, to compare with.
func (o *Office) ImportWithoutFigures(ctx context.Context, tx *store.Tx, act audit.Entry, rows []OrderRow) error {
	i, done, refusals, err := o.writeOrders(ctx, tx, act, rows, form.PerItem)
	if err != nil {
		return err
	}
	return act.Record(ctx, tx, i.targets(done, refusals)...)
}
