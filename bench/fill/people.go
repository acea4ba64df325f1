package fill

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"deputy/internal/access"
	"deputy/internal/collate"
	"deputy/internal/id"
	"deputy/internal/store"
)

var (
	families = []string{"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗", "高"}
	givens   = []string{"小美", "一诺", "梓涵", "子墨", "雨欣", "思琪", "晓彤", "佳怡", "浩宇", "可可", "安然", "楚楚", "沐阳", "星辰", "知夏", "南枝"}
	jobs     = []string{"运营", "商务", "财务", "客服", "招商", "选品", "投放", "剪辑", "场控", "主管"}
)

func (f *filler) name() string {
	return families[f.random.IntN(len(families))] + givens[f.random.IntN(len(givens))]
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// next makes an id that sorts after those that were made before: 45 bits of time and 55 of chance, as package id does.
func (f *filler) next(kind id.Kind) string {
	f.serial++
	high, low := uint64(First.UnixMilli())+f.serial, f.random.Uint64()>>9
	var b [20]byte
	for i := 19; i >= 9; i-- {
		b[i], low = alphabet[low&31], low>>5
	}
	for i := 8; i >= 0; i-- {
		b[i], high = alphabet[high&31], high>>5
	}
	return string(kind) + "_" + string(b[:])
}

// people makes accounts, orgs, roles and sub-accounts. Ids are in the order of the times at which the rows were made.
func (f *filler) people(ctx context.Context) error {
	var accounts, orgs, roles, subs, links [][]any
	phone := 13_000_000_000
	account := func(side string) string {
		made := f.next(id.Account)
		phone++
		accounts = append(accounts, []any{made, First, fmt.Sprintf("+86%d", phone), nil, side})
		return made
	}
	var shared string
	for n := range f.Orgs {
		o := &org{Org: Org{ID: f.next(id.Org), Owner: account("OWNER")}}
		f.orgs = append(f.orgs, o)
		orgs = append(orgs, []any{o.ID, First, First, fmt.Sprintf("机构 %03d 文化传媒", n+1), "主帐号", o.Owner})
		for i := range f.Roles {
			o.roles = append(o.roles, f.next(id.Role))
			grants, err := access.SetOf([]access.Grant{{
				Module: access.Creators, Actions: []access.Action{access.View},
				Scope: access.All,
			}})
			if err != nil {
				return err
			}
			at := First.Add(time.Duration(i) * time.Minute)
			name := fmt.Sprintf("%s %d 组", jobs[i%len(jobs)], i/len(jobs)+1)
			//nolint:gosec // at most bit 52 is set
			roles = append(roles, []any{o.roles[i], at, at, name, collate.Key(name), "负责这一项工作的人", int64(grants), o.ID})
		}
		if n%seats == 0 {
			shared = account("SEATED")
		}
		o.Staff = shared
		for i := range f.SubAccounts {
			p := person{f.next(id.SubAccount), shared, f.name()}
			slot := n%seats + 1
			if i > 0 {
				p.account, slot = account("SEATED"), 1
			}
			o.people = append(o.people, p)
			at := First.Add(time.Hour + time.Duration(i)*time.Minute)
			var email any
			if i%5 == 0 {
				email = fmt.Sprintf("staff%d@org%d.example", i, n)
			}
			subs = append(subs, []any{
				p.id, at, at, slot, p.name, collate.Key(p.name), fmt.Sprintf("+86%d", phone), email,
				"ENABLED", nil, o.ID, p.account,
			})
			// Neighbours hold different roles, and each role is held by as many.
			for k := range rolesHeld {
				links = append(links, []any{o.ID, p.id, o.roles[(i+k*7)%f.Roles]})
			}
			if i >= 50 && i < 150 {
				o.SubAccounts = append(o.SubAccounts, p.id)
			}
		}
	}
	for _, t := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"accounts", []string{"id", "created_at", "phone", "email", "side"}, accounts},
		{"orgs", []string{"id", "created_at", "updated_at", "name", "owner_name", "owner_id"}, orgs},
		{"roles", []string{"id", "created_at", "updated_at", "name", "name_key", "description", "grants", "org_id"}, roles},
		{"sub_accounts", []string{
			"id", "created_at", "updated_at", "slot", "name", "name_key", "phone", "email", "status",
			"last_active_at", "org_id", "account_id",
		}, subs},
		{"sub_account_roles", []string{"org_id", "sub_account_id", "role_id"}, links},
	} {
		if err := f.copyIn(ctx, t.table, t.columns, all(t.rows)); err != nil {
			return err
		}
	}
	return nil
}

func all(rows [][]any) func(put func(...any) error) error {
	return func(put func(...any) error) error {
		for _, row := range rows {
			if err := put(row...); err != nil {
				return err
			}
		}
		return nil
	}
}

// sessions signs the owners and the staff in, from now on.
func (f *filler) sessions(ctx context.Context) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	tokens := map[string]string{}
	var rows [][]any
	token := func(account string) string {
		if _, made := tokens[account]; !made {
			var secret [32]byte
			for i := 0; i < len(secret); i += 8 {
				binary.BigEndian.PutUint64(secret[i:], f.random.Uint64())
			}
			tokens[account] = "dps_" + base64.RawURLEncoding.EncodeToString(secret[:])
			hash := sha256.Sum256([]byte(tokens[account]))
			rows = append(rows, []any{f.next(id.Session), now, hash[:], now, now.Add(30 * 24 * time.Hour), account})
		}
		return tokens[account]
	}
	for _, o := range f.orgs {
		o.OwnerToken, o.StaffToken = token(o.Owner), token(o.Staff)
	}
	return f.copyIn(ctx, "sessions", []string{
		"id", "created_at", "token_hash", "last_used_at", "expires_at",
		"account_id",
	}, all(rows))
}

// SignIn signs an account in, from now on, on whichever database, and returns the token.
func SignIn(ctx context.Context, s *store.Store, account string) (string, error) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // it never fails
	now, made := time.Now().UTC().Truncate(time.Microsecond), "dps_"+base64.RawURLEncoding.EncodeToString(secret[:])
	hash := sha256.Sum256([]byte(made))
	_, err := s.DB().ExecContext(ctx, "INSERT INTO sessions (id, created_at, token_hash, last_used_at, expires_at, "+
		"account_id) VALUES ($1, $2, $3, $2, $4, $5)", id.New(id.Session), now, hash[:], now.Add(24*time.Hour), account)
	return made, err
}
