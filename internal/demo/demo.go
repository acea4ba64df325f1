// Package demo fills an empty database with a demo agency, using the domain functions behind the mutations.
package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/form"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// The people of the demo.
const (
	// OwnerPhone is the phone number of the demo agency's owner.
	OwnerPhone = "+8613800000001"
	// StaffPhone is the phone number of one of its sub-accounts, with a seat in both demo agencies.
	StaffPhone = "+8613800000011"
	// friendPhone is the phone number of the second agency's owner.
	friendPhone = "+8613800000002"
	// origin identifies audit events of the demo.
	origin = "demo"
	// fillLock is the advisory lock under which one server fills a PostgreSQL database.
	fillLock = 0x64656d6f
	// tokenDays is how long the app's token works: for 60 days more, when the demo starts.
	tokenDays = 90
)

// Demo fills databases.
type Demo struct {
	Store    *store.Store
	Agency   *agency.Agency
	Office   *backoffice.Office
	Identity *signin.Service
	Now      func() time.Time
}

// staff is a sub-account of the demo agency and the names of its roles.
type staff struct {
	name, phone string
	roles       []string
}

var team = []staff{
	{"林晓雯", StaffPhone, []string{"运营"}},
	{"陈志远", "+8613800000012", []string{"运营", "商务"}},
	{"王雨桐", "+8613800000013", []string{"商务"}},
	{"赵一鸣", "+8613800000014", []string{"商务", "客服"}},
	{"孙佳怡", "+8613800000015", []string{"财务"}},
	{"周子涵", "+8613800000016", []string{"客服"}},
	{"吴思远", "+8613800000017", []string{"客服"}},
	{"郑可欣", "+8613800000018", []string{"运营", "财务"}},
	{"冯俊杰", "+8613800000019", []string{"商务"}},
	{"蒋梦琪", "+8613800000020", []string{"运营"}},
	{"沈浩然", "+8613800000021", []string{"财务", "客服"}},
	{"韩雪", "+8613800000022", []string{"客服"}},
}

// disabled is the name of the disabled sub-account.
const disabled = "韩雪"

// Start fills an empty database, and tells a newcomer what to do next. In a database that the demo did not fill, nobody
// is signed in. The link that signs the demo's owner in to the console has flow and code in its fragment, which no
// browser sends to a server.
func (d *Demo) Start(ctx context.Context, out io.Writer, at Place) error {
	orgID, err := d.Fill(ctx)
	if err != nil {
		return err
	}
	if orgID == "" {
		_, err = fmt.Fprintf(out, own, at.list())
		return err
	}
	link := ""
	if at.Console {
		code, err := d.code(ctx)
		if err != nil {
			return err
		}
		link = fmt.Sprintf(entry, at.Base+"/console/sign-in#flow="+code.Flow+"&code="+code.Code)
	}
	if at.Trusted {
		_, err = fmt.Fprintf(out, bound+"%s", at.list(), link)
		return err
	}
	token, err := d.signIn(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, welcome, at.Base, orgID, token, at.list(), link)
	return err
}

// Fill creates the demo agencies when the database has no account, and returns the id of the first one's org. When
// several servers start together, one of them fills the database. It does nothing in a database with other data, and
// returns no id.
func (d *Demo) Fill(ctx context.Context) (orgID string, err error) {
	err = d.Store.WriteLong(ctx, func(ctx context.Context, tx *store.Tx) error {
		if d.Store.Dialect() == dialect.Postgres {
			// Filling the database may take longer than the usual lock timeout.
			for _, statement := range []string{
				"SELECT set_config('lock_timeout', '0', true)", fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", fillLock),
			} {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return fmt.Errorf("wait for the demo's lock: %w", err)
				}
			}
		}
		orgID, err = d.filled(ctx, tx.Client)
		if err != nil || orgID != "" {
			return err
		}
		if people, err := tx.Account.Query().Exist(ctx); err != nil || people {
			return err
		}
		orgID, err = d.fill(ctx, tx)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("fill demo: %w", err)
	}
	return orgID, nil
}

// filled returns the org that the demo created, found by its audit events; "" when there is none.
func (d *Demo) filled(ctx context.Context, client *ent.Client) (string, error) {
	made, err := client.AuditEvent.Query().
		Where(auditevent.Operation("createOrg"), auditevent.RequestID(origin)).
		Order(auditevent.ByAt(), auditevent.ByID()).First(ctx)
	if ent.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for the demo: %w", err)
	}
	return *made.OrgID, nil
}

// fill creates the agencies and their history.
func (d *Demo) fill(ctx context.Context, tx *store.Tx) (string, error) {
	m := newMaker(d.Now(), orderDays)
	opened := m.days[0].AddDate(0, 0, orderDays-openedDays).Add(9 * time.Hour)
	act, err := d.withClock(opened).open(ctx, tx, OwnerPhone, "星河文化传媒", "主帐号")
	if err != nil {
		return "", err
	}
	var (
		managers []string
		stopped  string
		seats    []*ent.SubAccount
	)
	for i, person := range team {
		made, err := d.withClock(opened.AddDate(0, 0, i/2).Add(time.Duration(1+i)*time.Hour)).add(ctx, tx, act, person)
		if err != nil {
			return "", err
		}
		seats = append(seats, made)
		if person.name == disabled {
			stopped = made.ID
		}
		if slices.Contains(person.roles, "商务") {
			managers = append(managers, made.ID)
		}
	}
	signed, steps := m.contracts(creators, managers)
	steps = append(steps, m.tasks(signed)...)
	steps = append(steps, m.reports(orders, sellers(signed))...)
	steps = append(steps, step{
		m.now.AddDate(0, 0, -40),
		func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error {
			act.Operation = "disableSubAccounts"
			if _, _, err := then.Agency.SetStatus(ctx, tx, act, []string{stopped}, subaccount.StatusDISABLED,
				form.AllOrNothing); err != nil {
				return fmt.Errorf("disable: %w", err)
			}
			return nil
		},
	}, step{m.now.AddDate(0, 0, -30), connect})
	if err := d.take(ctx, tx, act, steps); err != nil {
		return "", err
	}
	later := d.withClock(m.now.AddDate(0, 0, -120))
	second, err := later.open(ctx, tx, friendPhone, "青橙互动", "主帐号")
	if err != nil {
		return "", err
	}
	made, err := later.add(ctx, tx, second, staff{team[0].name, team[0].phone, []string{"财务"}})
	if err != nil {
		return "", err
	}
	return act.OrgID, m.used(ctx, tx, append(seats, made))
}

// connect makes the app of a partner system, and a token whose secret nobody learns.
func connect(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error {
	act.Operation = "createApp"
	made, err := then.Agency.CreateApp(ctx, tx, act, agency.NewApp{
		Name: "ERP 对接", Description: "从 ERP 同步订单",
		Grants: []access.Grant{{Module: access.Orders, Actions: []access.Action{access.Edit}}},
	})
	if err != nil {
		return fmt.Errorf("make app: %w", err)
	}
	act.Operation = "createApiToken"
	if _, err := then.Agency.CreateToken(ctx, tx, act, made.ID, "ERP 服务器", tokenDays); err != nil {
		return fmt.Errorf("make token: %w", err)
	}
	return nil
}

// used sets when seats were last used: recently enough, because a use after 90 days is recorded.
func (m *maker) used(ctx context.Context, tx *store.Tx, seats []*ent.SubAccount) error {
	groups := make([][]string, 4)
	for i, one := range seats {
		n := i % (len(groups) - 1)
		if one.Name == disabled {
			n = len(groups) - 1
		}
		groups[n] = append(groups[n], one.ID)
	}
	for n, last := range []time.Duration{25 * time.Minute, 5 * time.Hour, 50 * time.Hour, 41 * 24 * time.Hour} {
		if err := tx.SubAccount.Update().Where(
			subaccount.IDIn(groups[n]...)).SetLastActiveAt(m.now.Add(-last)).Exec(ctx); err != nil {
			return fmt.Errorf("use seats: %w", err)
		}
	}
	return nil
}

// open creates an agency and returns the audit entry of its owner.
func (d *Demo) open(ctx context.Context, tx *store.Tx, phone, name, ownerName string) (audit.Entry, error) {
	owner, err := signin.LockAccount(ctx, tx, signin.Destination{Channel: send.Phone, To: phone}, d.Now())
	if err != nil {
		return audit.Entry{}, fmt.Errorf("make owner: %w", err)
	}
	v := &viewer.Viewer{Origin: viewer.Origin{RequestID: origin}, AccountID: owner.ID, Label: ownerName}
	made, err := d.Agency.CreateOrg(ctx, tx, audit.Entry{Viewer: v, Operation: "createOrg", At: d.Now()}, name, ownerName)
	if err != nil {
		return audit.Entry{}, fmt.Errorf("open org: %w", err)
	}
	v, err = v.Reload(ctx, tx.Client, d.Now())
	return audit.Entry{Viewer: v, OrgID: made.ID, At: d.Now()}, err
}

// add creates a sub-account.
func (d *Demo) add(ctx context.Context, tx *store.Tx, act audit.Entry, person staff) (*ent.SubAccount, error) {
	roleIDs, err := tx.Role.Query().Where(role.OrgID(act.OrgID), role.NameIn(person.roles...)).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("find roles: %w", err)
	}
	act.Operation, act.At = "createSubAccount", d.Now()
	made, err := d.Agency.CreateSubAccount(ctx, tx, act, agency.NewSubAccount{
		Name: person.name, RoleIDs: roleIDs, Destination: person.phone,
		Spend: func(context.Context, *store.Tx) error { return nil }, // no code was sent
	})
	if err != nil {
		return nil, fmt.Errorf("add sub-account: %w", err)
	}
	return made, nil
}

// signIn signs the demo's owner in with a code, as people do, and returns the token.
func (d *Demo) signIn(ctx context.Context) (token string, err error) {
	code, err := d.code(ctx)
	if err != nil {
		return "", err
	}
	token, _, err = d.door(&catcher{}).SignIn(ctx, stranger(), signin.SignIn{Code: &code})
	if err != nil {
		return "", fmt.Errorf("sign in to the demo: %w", err)
	}
	return token, nil
}

// code sends the demo's owner a code to sign in with, and returns it.
func (d *Demo) code(ctx context.Context) (signin.Code, error) {
	caught := &catcher{}
	phone := OwnerPhone
	sent, err := d.door(caught).SendCode(ctx, stranger(), signin.Contact{Phone: &phone}, send.SignIn)
	if err != nil {
		return signin.Code{}, fmt.Errorf("send the demo's code: %w", err)
	}
	return signin.Code{Flow: sent.Flow, Code: caught.code}, nil
}

// door is where people sign in, without pauses, and without lines in the log that name a code.
func (d *Demo) door(sender send.Sender) *signin.Service {
	return &signin.Service{
		Store: d.Identity.Store, Cache: d.Identity.Cache, Sender: sender, Secret: d.Identity.Secret, Now: d.Identity.Now,
		Random:    d.Identity.Random,
		Countries: d.Identity.Countries, Limits: signin.Limits{Off: true}, Hasher: d.Identity.Hasher,
		Log: slog.New(slog.DiscardHandler),
	}
}

func stranger() *viewer.Viewer {
	return &viewer.Viewer{Origin: viewer.Origin{RequestID: origin, Network: origin}}
}

// catcher keeps the code instead of sending it.
type catcher struct{ code string }

// Send implements send.Sender.
func (c *catcher) Send(_ context.Context, code send.Code) error {
	c.code = code.Code
	return nil
}
