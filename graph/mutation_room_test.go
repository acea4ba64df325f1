package graph_test

import (
	"context"
	"fmt"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/task"
	"deputy/internal/apitest"
	"deputy/internal/backoffice"
	"deputy/internal/store"
)

// packed is an org with as many creators under contract and tasks that are not closed as it may have, and one more of
// each that does not count: ended and closed. Of those that count, signed and draft are one.
type packed struct {
	*apitest.Agency
	ended, closed, signed, draft string
}

// pack returns the packed org, which it opens the first time.
func (s *fixture) pack() *packed {
	s.Helper()
	if s.packed != nil {
		owner := s.Nobody(s.T) // the first one's client ended with its test
		owner.Token, s.packed.Owner = s.packed.Owner.Token, owner
		return s.packed
	}
	owner := s.SignIn(s.T, s.number())
	full := &packed{Agency: &apitest.Agency{
		Owner: owner,
		ID:    s.must(owner, "createOrg", vars{"name": "挤机构"}).Text("createOrg.org.id"),
	}}
	s.orgs[full.ID], s.packed = "挤", full
	now := s.Clock.Now()
	for first := 0; first <= backoffice.MaxCreators; first += 1_000 {
		s.fill(func(ctx context.Context, tx *store.Tx) error {
			var creators []*ent.CreatorCreate
			for i := first; i < min(first+1_000, backoffice.MaxCreators+1); i++ {
				creators = append(creators,
					tx.Creator.Create().SetOrgID(
						full.ID).SetName("达人").SetPlatformID(fmt.Sprint(i)).SetGrams(nil).SetCreatedAt(now).SetUpdatedAt(now))
			}
			if first == 0 {
				creators[0].SetStatus(creator.StatusENDED)
			}
			made, err := tx.Creator.CreateBulk(creators...).Save(ctx)
			if err == nil && first == 0 {
				full.ended, full.signed = made[0].ID, made[1].ID
			}
			return err
		})
	}
	for first := 0; first <= backoffice.MaxTasks; first += 1_000 {
		s.fill(func(ctx context.Context, tx *store.Tx) error {
			var tasks []*ent.TaskCreate
			for i := first; i < min(first+1_000, backoffice.MaxTasks+1); i++ {
				tasks = append(tasks,
					tx.Task.Create().SetOrgID(full.ID).SetTitle("任务").SetGrams(nil).SetCreatedAt(now).SetUpdatedAt(now))
			}
			if first == 0 {
				tasks[0].SetStatus(task.StatusCLOSED)
			}
			made, err := tx.Task.CreateBulk(tasks...).Save(ctx)
			if err == nil && first == 0 {
				full.closed, full.draft = made[0].ID, made[1].ID
			}
			return err
		})
	}
	return full
}
