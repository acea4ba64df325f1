package backoffice

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/predicate"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/bulk"
	"deputy/internal/civil"
	"deputy/internal/collate"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
)

// CreatorRow is a row of an import of creators. The id on the platform identifies the creator. A nil field is not
// changed, and is empty, or SIGNED, for a new creator. A pointer to nil clears it.
type CreatorRow struct {
	PlatformID, Name         string
	Category                 *string
	Followers                *int64
	Status                   *creator.Status
	ContractFrom, ContractTo **civil.Day
	ShareBps                 *int
}

// Check converts the row to its canonical form, or returns the first refusal, INVALID at the field.
func (r *CreatorRow) Check() *fault.Error {
	made := r.onto(&ent.Creator{PlatformID: r.PlatformID, Status: creator.StatusSIGNED})
	if err := checkCreator(made); err != nil {
		return rowFault(err)
	}
	r.PlatformID, r.Name = made.PlatformID, made.Name
	if r.Category != nil {
		r.Category = &made.Category
	}
	if Rewritten(r.PlatformID) {
		return refuse(fault.Invalid, rewritten).At("platformId")
	}
	return nil
}

// rowFault returns the first refusal of a row, at its field.
func rowFault(err error) *fault.Error {
	refused, ok := fault.Refused(err)
	if !ok {
		return refuse(fault.Invalid, badText).At("name")
	}
	return refused[0].At(refused[0].Field[1:]...) // which begins with input
}

// onto returns the creator with the changes of the row.
func (r *CreatorRow) onto(before *ent.Creator) *ent.Creator {
	after := *before
	after.Name = r.Name
	apply(&after.Category, r.Category)
	apply(&after.Followers, r.Followers)
	apply(&after.Status, r.Status)
	apply(&after.ContractFrom, r.ContractFrom)
	apply(&after.ContractTo, r.ContractTo)
	apply(&after.ShareBps, r.ShareBps)
	return &after
}

// importingCreators is the state of an import of creators.
type importingCreators struct {
	rows  []*CreatorRow
	wrong []*fault.Error // by the index of the row; nil for a valid one

	created, changed []*ent.Creator
	shared           []*ent.Creator // those of them with a new share
	targets          []audit.Target
	unchanged        int
}

// ImportCreators creates and changes creators of the act's org by their ids on the platform. Each refused row has a
// refusal at input.creators.N and the field; under AllOrNothing one refusal rejects all rows. It returns FORBIDDEN
// unless the viewer may edit all creators; INVALID, TOO_MANY. The number of statements does not depend on the number of
// rows.
func (o *Office) ImportCreators(
	ctx context.Context, tx *store.Tx, act audit.Entry, rows []CreatorRow, policy form.Policy,
) (Imported, fault.Refusals, error) {
	if err := wholeModule(act, access.Creators, access.Edit); err != nil {
		return Imported{}, nil, err
	}
	switch {
	case len(rows) == 0:
		return Imported{}, nil, refuse(fault.Invalid, noCreators).At("input", "creators")
	case len(rows) > MaxImport:
		return Imported{}, nil, refuse(fault.TooMany, manyCreators, MaxImport).At("input", "creators")
	}
	i := &importingCreators{wrong: make([]*fault.Error, len(rows))}
	i.check(rows)
	if err := lockRoom(ctx, tx, act.OrgID); err != nil {
		return Imported{}, nil, err
	}
	if err := i.decide(ctx, tx, act.OrgID); err != nil {
		return Imported{}, nil, err
	}
	refusals := i.refusals()
	done := Imported{len(i.created), len(i.changed), i.unchanged}
	if len(refusals) > 0 && (policy == form.AllOrNothing || done == Imported{}) {
		return Imported{}, refusals, refusals
	}
	if len(i.created)+len(i.changed) == 0 {
		return done, refusals, nil
	}
	if err := i.write(ctx, tx, act, o); err != nil {
		return Imported{}, nil, err
	}
	summary := importSummary(act, "ImportCreatorsPayload", done, refusals)
	targets := slices.Concat([]audit.Target{summary}, i.targets, audit.RefusedTargets(refusals))
	return done, refusals, act.Record(ctx, tx, targets...)
}

// check validates the rows and converts them to their canonical form. The second row with the same id is refused.
func (i *importingCreators) check(rows []CreatorRow) {
	seen := make(map[string]bool, len(rows))
	for n := range rows {
		row := &rows[n]
		i.rows = append(i.rows, row)
		if i.wrong[n] = row.Check(); i.wrong[n] != nil {
			continue
		}
		if seen[row.PlatformID] {
			i.wrong[n] = refuse(fault.Invalid, twicePlatformID).At("platformId")
		}
		seen[row.PlatformID] = true
	}
}

// decide locks the existing creators of the rows, and determines which rows create a creator, which change one and
// which do not. It refuses rows beyond the maximum number of creators. The caller must have called lockRoom.
func (i *importingCreators) decide(ctx context.Context, tx *store.Tx, orgID string) error {
	existing, err := i.existing(ctx, tx, orgID)
	if err != nil {
		return err
	}
	signed, err := tx.Creator.Query().Where(creator.OrgID(orgID), creator.StatusEQ(creator.StatusSIGNED)).Count(ctx)
	if err != nil {
		return fmt.Errorf("count creators: %w", err)
	}
	before, after := make([]*ent.Creator, len(i.rows)), make([]*ent.Creator, len(i.rows))
	for n, row := range i.rows {
		if i.wrong[n] != nil {
			continue
		}
		before[n] = existing[row.PlatformID]
		if before[n] == nil {
			after[n] = row.onto(&ent.Creator{
				ID: id.New(id.Creator), OrgID: orgID, PlatformID: row.PlatformID, Status: creator.StatusSIGNED,
			})
		} else if after[n] = row.onto(before[n]); checkCreator(after[n]) != nil {
			i.wrong[n] = rowFault(checkCreator(after[n])).About(fault.Object{ID: before[n].ID})
			continue
		}
		if isSigned(before[n]) && !isSigned(after[n]) {
			signed-- // which makes room for other rows, in any order
		}
	}
	for n := range i.rows {
		if i.wrong[n] != nil {
			continue
		}
		if !isSigned(before[n]) && isSigned(after[n]) {
			if signed++; signed > MaxCreators {
				i.wrong[n] = refuse(fault.TooMany, fullOfCreators, MaxCreators).At("status")
				continue
			}
		}
		i.sort(before[n], after[n])
	}
	return nil
}

// existing locks and returns the existing creators of the rows, by their ids on the platform.
func (i *importingCreators) existing(
	ctx context.Context, tx *store.Tx, orgID string,
) (map[string]*ent.Creator, error) {
	var wanted []string
	for n, row := range i.rows {
		if i.wrong[n] == nil {
			wanted = append(wanted, row.PlatformID)
		}
	}
	query := tx.Creator.Query().
		Where(creator.OrgID(orgID), page.Among[predicate.Creator](creator.FieldPlatformID, wanted)).Order(creator.ByID())
	return store.LockEach(ctx, tx, query, func(c *ent.Creator) string { return c.PlatformID })
}

// sort adds a creator to the created, the changed or the unchanged ones.
func (i *importingCreators) sort(before, after *ent.Creator) {
	changes := creatorChanges(before, after)
	switch {
	case before == nil:
		i.created, i.shared = append(i.created, after), append(i.shared, after)
	case len(changes) == 0:
		i.unchanged++
		return
	default:
		if i.changed = append(i.changed, after); before.ShareBps != after.ShareBps {
			i.shared = append(i.shared, after)
		}
	}
	i.targets = append(i.targets, creatorTarget(after, changes))
}

func isSigned(c *ent.Creator) bool { return c != nil && c.Status == creator.StatusSIGNED }

// write inserts the new creators and updates the changed ones. If another transaction has inserted a creator with the
// same id on the platform meanwhile, the transaction is retried.
func (i *importingCreators) write(ctx context.Context, tx *store.Tx, act audit.Entry, o *Office) error {
	if err := i.insert(ctx, tx, act, o); err != nil {
		return err
	}
	if err := i.update(ctx, tx, o); err != nil {
		return err
	}
	return keepRates(ctx, tx, act.OrgID, i.shared, o.Now())
}

// insert inserts the new creators.
func (i *importingCreators) insert(ctx context.Context, tx *store.Tx, act audit.Entry, o *Office) error {
	if len(i.created) == 0 {
		return nil
	}
	from, args, err := bulk.Table(tx.Dialect(), creatorColumns(i.created)...)
	if err != nil {
		return err
	}
	k, now := len(args), o.Now()
	result, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO creators
(org_id, created_at, updated_at, id, platform_id, name, category, followers, status, contract_from, contract_to,
share_bps, name_key, grams)
SELECT CAST($%d AS varchar), CAST($%d AS timestamptz), CAST($%d AS timestamptz), v.id, v.platform_id, %s
FROM %s WHERE true ON CONFLICT (org_id, platform_id) DO NOTHING`, k+1, k+2, k+3, creatorValuesOf(tx), from),
		append(args, act.OrgID, now, now)...)
	if err != nil {
		return fmt.Errorf("insert creators: %w", err)
	}
	n, err := result.RowsAffected()
	if err == nil && int(n) < len(i.created) {
		err = store.ErrOvertaken
	}
	if err != nil {
		return fmt.Errorf("insert creators: %w", err)
	}
	return nil
}

// update writes the changed creators.
func (i *importingCreators) update(ctx context.Context, tx *store.Tx, o *Office) error {
	if len(i.changed) == 0 {
		return nil
	}
	from, args, err := bulk.Table(tx.Dialect(), creatorColumns(i.changed)...)
	if err != nil {
		return err
	}
	now := o.Now()
	for _, c := range i.changed {
		now = form.Changed(now, c.UpdatedAt)
	}
	result, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE creators SET
(name, category, followers, status, contract_from, contract_to, share_bps, name_key, grams) = (%s), updated_at = $%d
FROM %s WHERE creators.id = v.id`, creatorValuesOf(tx), len(args)+1, from), append(args, now)...)
	if err != nil {
		return fmt.Errorf("update creators: %w", err)
	}
	n, err := result.RowsAffected()
	return exactly("update creators", int(n), len(i.changed), err)
}

// creatorValuesOf returns the expressions of the values of creatorColumns, except the ids.
func creatorValuesOf(tx *store.Tx) string {
	key, grams := "unhex(v.name_key)", "v.grams"
	if tx.LocksRows() {
		key, grams = "decode(v.name_key, 'hex')", "v.grams::int[]"
	}
	return `v.name, v.category, v.followers, v.status, CAST(NULLIF(v.contract_from, '') AS integer),
CAST(NULLIF(v.contract_to, '') AS integer), CAST(v.share_bps AS integer), ` + key + ", " + grams
}

func creatorColumns(rows []*ent.Creator) []bulk.Column {
	texts := func(name string, of func(*ent.Creator) string) bulk.Column {
		c := bulk.Column{Name: name, Texts: make([]string, len(rows))}
		for i, row := range rows {
			c.Texts[i] = of(row)
		}
		return c
	}
	numbers := func(name string, of func(*ent.Creator) int64) bulk.Column {
		c := bulk.Column{Name: name, Numbers: make([]int64, len(rows))}
		for i, row := range rows {
			c.Numbers[i] = of(row)
		}
		return c
	}
	days := func(name string, of func(*ent.Creator) *civil.Day) bulk.Column {
		return texts(name, func(c *ent.Creator) string {
			if of(c) == nil {
				return ""
			}
			return strconv.Itoa(int(*of(c)))
		})
	}
	return []bulk.Column{
		texts("id", func(c *ent.Creator) string { return c.ID }),
		texts("platform_id", func(c *ent.Creator) string { return c.PlatformID }),
		texts("name", func(c *ent.Creator) string { return c.Name }),
		texts("category", func(c *ent.Creator) string { return c.Category }),
		numbers("followers", func(c *ent.Creator) int64 { return c.Followers }),
		texts("status", func(c *ent.Creator) string { return string(c.Status) }),
		days("contract_from", func(c *ent.Creator) *civil.Day { return c.ContractFrom }),
		days("contract_to", func(c *ent.Creator) *civil.Day { return c.ContractTo }),
		numbers("share_bps", func(c *ent.Creator) int64 { return int64(c.ShareBps) }),
		texts("name_key", func(c *ent.Creator) string { return hex.EncodeToString(collate.Key(c.Name)) }),
		texts("grams", func(c *ent.Creator) string { return creatorGrams(c).String() }),
	}
}

// refusals returns the refusals in the order of the rows. The audit event identifies a row by its id on the platform,
// and an existing creator by its id.
func (i *importingCreators) refusals() (all fault.Refusals) {
	for n, wrong := range i.wrong {
		if wrong == nil {
			continue
		}
		about := fault.Object{Type: creators.Type, Label: i.rows[n].PlatformID}
		if wrong.Object != nil {
			about.ID = wrong.Object.ID
		}
		at := append([]string{"input", "creators", strconv.Itoa(n)}, wrong.Field...)
		all = append(all, wrong.At(at...).About(about))
	}
	return all
}

// importSummary returns the target with the counts of an import, with the name of its file as label.
func importSummary(act audit.Entry, payload string, done Imported, refusals fault.Refusals) audit.Target {
	return audit.Target{
		ID: act.OrgID, Type: payload, Label: contact.Shown(act.Source, maxSource),
		Changes: audit.Set(
			audit.Number("created", done.Created), audit.Number("changed", done.Changed),
			audit.Number("unchanged", done.Unchanged), audit.Number("refused", len(refusals)),
		),
	}
}
