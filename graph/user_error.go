package graph

import (
	"context"

	"deputy/graph/model"
	"deputy/internal/fault"
	"deputy/internal/lang"
)

// refusals returns a refusal as user errors, and any other error unchanged.
func (r *Resolver) refusals(ctx context.Context, err error) ([]*model.UserError, error) {
	refused, ok := fault.Refused(err)
	if err != nil && !ok {
		return nil, err
	}
	return r.userErrors(ctx, refused), nil
}

// userErrors returns refusals in the language of the request, and counts them.
func (r *Resolver) userErrors(ctx context.Context, refused fault.Refusals) []*model.UserError {
	spoken := make([]*model.UserError, len(refused))
	for i, f := range refused {
		r.Metrics.Refusal(string(f.Code), "")
		spoken[i] = &model.UserError{
			Code:    model.UserErrorCode(f.Code),
			Message: f.ShortText(lang.From(ctx)),
			Field:   append([]string{}, f.Field...),
		}
	}
	return spoken
}
