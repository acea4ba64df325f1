package graph

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/org"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/collate"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// creatorCategories returns the categories of the creators of an org that the viewer sees.
func (r *Resolver) creatorCategories(ctx context.Context, of *ent.Org) ([]string, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	read := func(ctx context.Context, peers []*ent.Org) (map[string][]string, error) {
		return r.categories(ctx, v, load.IDs(peers, orgID))
	}
	found, err := load.Once(ctx, of.Peers(), load.Place(ctx), read)
	if err != nil {
		return nil, err
	}
	return found[of.ID], nil
}

// categories reads the categories in use of all the orgs with one statement: the index leads from each to the next
// one, so that it takes as long as there are categories, and not creators. Under OWN it passes over those of others.
func (r *Resolver) categories(ctx context.Context, v *viewer.Viewer, orgIDs []string) (map[string][]string, error) {
	d := sql.Dialect(r.Store.Dialect())
	begin := d.Select().From(d.Table(org.Table)).Where(page.In(d.Table(org.Table).C(org.FieldID), orgIDs))
	begin.Select(begin.C(org.FieldID)).AppendSelectExpr(sql.Raw("CAST('' AS varchar)"), sql.Raw("0"))
	next := d.Select().From(d.Table(creator.Table))
	category := next.C(creator.FieldCategory)
	next.Select(category).Where(sql.P(func(b *sql.Builder) {
		b.Ident(next.C(creator.FieldOrgID)).WriteString(" = found.org AND ").
			Ident(category).WriteString(" > found.category")
	}))
	backoffice.Creators(v, access.View)(next)
	next.OrderBy(category).Limit(1)
	query, args := d.Select("org", "category").FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("(WITH RECURSIVE found(org, category, n) AS (").Join(begin).
			WriteString(" UNION ALL SELECT found.org, (").Join(next).
			WriteString(
				"), found.n + 1 FROM found WHERE found.category IS NOT NULL AND found.n < ").Arg(backoffice.MaxCategories).
			WriteString(") SELECT org, category FROM found WHERE category <> '') AS categories")
	})).WithContext(ctx).Query()
	found := map[string][]string{}
	for _, id := range orgIDs {
		found[id] = []string{}
	}
	err := r.Store.Each(ctx, query, args, func(record page.Record) error {
		var of, category string
		err := record.Scan(&of, &category)
		found[of] = append(found[of], category)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", err)
	}
	for _, categories := range found {
		collate.Sort(categories)
	}
	return found, nil
}
