package graph

import (
	"context"
	"errors"
	"slices"

	"deputy/ent"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/money"
	"deputy/internal/signin"
)

// spoken returns a text in the language of the request.
func spoken(ctx context.Context, t access.Text) string {
	if lang.From(ctx) == fault.En {
		return t.En
	}
	return t.Zh
}

// refusals turns an error that is a refusal into user errors, and answers any other as it is.
func (r *Resolver) refusals(ctx context.Context, err error) ([]*model.UserError, error) {
	refused, ok := fault.Refused(err)
	if err != nil && !ok {
		return nil, err
	}
	return r.userErrors(ctx, refused), nil
}

// told returns what a client learns of a code that was sent; nothing when none was.
func told(sent signin.Sent) (flow *string, expires, resend *int) {
	if sent.Flow == "" {
		return nil, nil, nil
	}
	expiresIn, resendIn := int(sent.ExpiresIn.Seconds()), int(sent.ResendIn.Seconds())
	return &sent.Flow, &expiresIn, &resendIn
}

func grants(set access.Set) []*access.Grant {
	return pointers(set.Grants())
}

func infos(all []access.Info) []*access.Info {
	return pointers(all)
}

// navigation returns the modules that the set opens. INTEGRATIONS stays out until it holds something.
func navigation(set access.Set) []*access.Info {
	seen := []*access.Info{}
	for _, m := range set.Modules() {
		if info, ok := m.Info(); ok && m != access.Integrations {
			seen = append(seen, &info)
		}
	}
	return seen
}

// shownGrants returns the grants of the set in the modules of its navigation.
func shownGrants(set access.Set) []*access.Grant {
	shown := navigation(set)
	return slices.DeleteFunc(grants(set), func(g *access.Grant) bool {
		return !slices.ContainsFunc(shown, func(info *access.Info) bool { return info.Module == g.Module })
	})
}

// currencyDigits returns the decimals of the org's currency.
func currencyDigits(o *ent.Org) (int, error) {
	digits, known := money.Digits(o.Currency)
	if !known {
		return 0, errors.New("org with an unknown currency")
	}
	return digits, nil
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

func values[T any](pointers []*T) []T {
	all := make([]T, len(pointers))
	for i, p := range pointers {
		all[i] = *p
	}
	return all
}

// listed returns an empty list for none: lists of the schema are never null.
func listed[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
