package graph_test

import (
	"context"
	"fmt"
	"slices"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/task"
	"deputy/internal/apitest"
	"deputy/internal/backoffice"
	"deputy/internal/store"
)

// packed is an org with as many creators under contract and tasks that are not closed as it may have, and one more of each that
// does not count: ended and closed. Of those that count, signed and draft are one.
type packed struct {
	*apitest.Agency
	ended, closed, signed, draft string
}

// pack returns the packed org, which it opens the first time.
func (s *stage) pack() *packed {
	s.Helper()
	if s.packed != nil {
		owner := s.Nobody(s.T) // the first one's client ended with its test
		owner.Token, s.packed.Owner = s.packed.Owner.Token, owner
		return s.packed
	}
	owner := s.SignIn(s.T, s.number())
	full := &packed{Agency: &apitest.Agency{Owner: owner, ID: s.must(owner, "createOrg", vars{"name": "挤机构"}).Text("createOrg.org.id")}}
	s.orgs[full.ID], s.packed = "挤", full
	now := s.Clock.Now()
	s.fill(func(ctx context.Context, tx *store.Tx) error {
		creators := make([]*ent.CreatorCreate, backoffice.MaxCreators+1)
		for i := range creators {
			creators[i] = tx.Creator.Create().SetOrgID(full.ID).SetName("达人").SetPlatformID(fmt.Sprint(i)).SetGrams(nil).SetCreatedAt(now).SetUpdatedAt(now)
		}
		creators[0].SetStatus(creator.StatusENDED)
		for part := range slices.Chunk(creators, 1_000) {
			made, err := tx.Creator.CreateBulk(part...).Save(ctx)
			if err != nil {
				return err
			}
			if full.ended == "" {
				full.ended, full.signed = made[0].ID, made[1].ID
			}
		}
		tasks := make([]*ent.TaskCreate, backoffice.MaxTasks+1)
		for i := range tasks {
			tasks[i] = tx.Task.Create().SetOrgID(full.ID).SetTitle("任务").SetGrams(nil).SetCreatedAt(now).SetUpdatedAt(now)
		}
		tasks[0].SetStatus(task.StatusCLOSED)
		for part := range slices.Chunk(tasks, 1_000) {
			made, err := tx.Task.CreateBulk(part...).Save(ctx)
			if err != nil {
				return err
			}
			if full.closed == "" {
				full.closed, full.draft = made[0].ID, made[1].ID
			}
		}
		return nil
	})
	return full
}
