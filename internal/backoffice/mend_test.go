package backoffice_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"deputy/ent/auditevent"
	"deputy/internal/backoffice"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestWrongFiguresAreMended plants a wrong sum, a row that is missing and one of a day without orders: each is counted
// once, the figures are those of the orders afterwards, the record says so once, and other orgs are left as they are.
func TestWrongFiguresAreMended(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, other := newShop(t, s, "Asia/Shanghai"), newShop(t, s, "Asia/Shanghai")
		mended := func(orgID string) string {
			t.Helper()
			var out strings.Builder
			m := backoffice.Mending{Store: s, OrgID: orgID, Now: func() time.Time { return noon }, Out: &out}
			o.ok(m.Run(t.Context()))
			return out.String()
		}
		o.filled("DY", 40)
		other.filled("KS", 3)
		right := o.kept()
		rows := strings.Count(right, "\n") + 1
		if got, want := mended(o.orgID), fmt.Sprintf("org %s: %d rows, 0 of them differed\n", o.orgID, rows); got != want {
			t.Errorf("before anything is wrong: %q, want %q", got, want)
		}
		ofOther := other.kept()
		for _, wrong := range []string{
			"UPDATE creator_days SET amount = amount + 1, net_commission = net_commission - 1 WHERE org_id = $1 " +
				"AND creator_id = $2 AND day = (SELECT MAX(day) FROM creator_days WHERE org_id = $1)",
			"DELETE FROM product_days WHERE org_id = $1 AND creator_id = $2 AND product_name = '口红' " +
				"AND day = (SELECT MAX(day) FROM product_days WHERE org_id = $1)",
			"INSERT INTO creator_days (org_id, slot, day, creator_id, orders, amount, commission, refunds, refund_amount, " +
				"net_commission, org_share) VALUES ($1, 3, 1, $2, 1, 1, 0, 0, 0, 0, 0)",
		} {
			_, err := s.DB().ExecContext(t.Context(), wrong, o.orgID, o.creators[0].ID)
			o.ok(err)
		}
		if o.kept() == right {
			t.Fatal("nothing is wrong")
		}
		if got := mended(""); !strings.Contains(got, fmt.Sprintf("org %s: %d rows, 3 of them differed\n", o.orgID, rows+1)) ||
			!strings.Contains(got, "org "+other.orgID) || !strings.Contains(got, "rows, 0 of them differed\n") {
			t.Errorf("three are wrong: %q", got)
		}
		if o.kept() != right || other.kept() != ofOther {
			t.Errorf("afterwards:\n%s\nwant:\n%s", o.kept(), right)
		}
		if got := mended(o.orgID); !strings.Contains(got, " 0 of them differed") {
			t.Errorf("once more: %q", got)
		}
		for _, in := range []struct {
			*shop
			want int
		}{{o, 1}, {other, 0}} {
			n := s.Client.AuditEvent.Query().Where(auditevent.OrgID(in.orgID),
				auditevent.Operation("rebuildFigures")).CountX(t.Context())
			if n != in.want {
				t.Errorf("%d events, want %d", n, in.want)
			}
		}
		err := backoffice.Mending{Store: s, OrgID: "org_no", Now: time.Now}.Run(t.Context())
		if !errors.Is(err, backoffice.ErrNoOrg) {
			t.Errorf("an org that is not there: %v", err)
		}
	})
}
