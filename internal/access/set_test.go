package access_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"deputy/internal/access"
)

// grants generates lists of grants that a role can hold.
func grants() *rapid.Generator[[]access.Grant] {
	one := rapid.Custom(func(t *rapid.T) access.Grant {
		grantable := slices.DeleteFunc(slices.Clone(access.Modules()), func(i access.Info) bool { return !i.Grantable })
		info := rapid.SampledFrom(grantable).Draw(t, "module")
		return access.Grant{
			Module:  info.Module,
			Actions: rapid.SliceOfN(rapid.SampledFrom(info.Actions), 1, 3).Draw(t, "actions"),
			Scope:   rapid.SampledFrom(info.Scopes).Draw(t, "scope"),
		}
	})
	return rapid.SliceOfN(one, 0, 8)
}

// widest is the slow and obvious model of Set: the widest scope that any one grant gives to the action itself.
func widest(grants []access.Grant, m access.Module, a access.Action) access.Scope {
	scope := access.None
	for _, g := range grants {
		if g.Module != m {
			continue
		}
		for _, given := range g.Actions {
			if (given == a || a == access.View) && g.Scope > scope {
				scope = g.Scope
			}
		}
	}
	return scope
}

func TestUnionOfRolesIsTheWidestOfEachAction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := grants().Draw(t, "first"), grants().Draw(t, "second")
		a, err := access.SetOf(first)
		if err != nil {
			t.Fatal(err)
		}
		b, err := access.SetOf(second)
		if err != nil {
			t.Fatal(err)
		}
		union := a.Union(b)
		if union != b.Union(a) || union.Union(a) != union || !a.Within(union) || !b.Within(union) {
			t.Fatalf("union of %v and %v is no union: %v", a, b, union)
		}
		both := slices.Concat(first, second)
		for _, info := range access.Modules() {
			for _, action := range []access.Action{access.View, access.Edit, access.Export} {
				want := widest(both, info.Module, action)
				if got := union.Scope(info.Module, action); got != want {
					t.Fatalf("%v %v: got %v, want %v", info.Module, action, got, want)
				}
			}
		}
	})
}

func TestGrantsListedAndReadAgainAreTheSameSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, err := access.SetOf(grants().Draw(t, "grants"))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[[2]uint8]bool{}
		for _, g := range set.Grants() {
			key := [2]uint8{uint8(g.Module), uint8(g.Scope)}
			if seen[key] {
				t.Fatalf("%v %v stands twice", g.Module, g.Scope)
			}
			seen[key] = true
		}
		var again access.Set
		for _, g := range set.Grants() {
			part, err := access.SetOf([]access.Grant{g})
			if err != nil {
				t.Fatal(err)
			}
			again = again.Union(part)
		}
		if again != set {
			t.Fatalf("got %v, want %v", again, set)
		}
	})
}

func TestWhatARoleCannotHold(t *testing.T) {
	for name, g := range map[string]access.Grant{
		"a module of the owner": {Module: access.SubAccounts, Actions: []access.Action{access.View}, Scope: access.All},
		"integrations": {
			Module: access.Integrations, Actions: []access.Action{access.View},
			Scope: access.All,
		},
		"no module":                   {Actions: []access.Action{access.View}, Scope: access.All},
		"an action that opens nought": {Module: access.Data, Actions: []access.Action{access.Edit}, Scope: access.All},
		"editing of the trail":        {Module: access.AuditLog, Actions: []access.Action{access.Edit}, Scope: access.All},
		"a scope of no meaning":       {Module: access.AuditLog, Actions: []access.Action{access.View}, Scope: access.Own},
		"no action":                   {Module: access.Orders, Scope: access.All},
		"no scope":                    {Module: access.Orders, Actions: []access.Action{access.View}},
	} {
		if set, err := access.SetOf([]access.Grant{g}); err == nil {
			t.Errorf("%s: given as %v", name, set)
		}
	}
}

func TestOwnerHasEverythingAndRolesNeverTheOwnersModules(t *testing.T) {
	for _, info := range access.Modules() {
		for _, a := range info.Actions {
			if access.Owner.Scope(info.Module, a) != access.All {
				t.Errorf("the owner lacks %v %v", info.Module, a)
			}
			if !info.Grantable && access.Grantable().Allows(info.Module, a) {
				t.Errorf("a role could hold %v %v", info.Module, a)
			}
		}
	}
}

// FuzzScan feeds stored values: whatever is read back is within what the table of modules knows.
func FuzzScan(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(-1))
	f.Add(int64(access.Owner))
	f.Add(int64(1) << 60)
	f.Fuzz(func(t *testing.T, n int64) {
		var set access.Set
		if err := set.Scan(n); err != nil {
			if set != 0 {
				t.Fatalf("refused, yet grants %v", set.Grants())
			}
			return
		}
		for _, m := range set.Modules() {
			if _, ok := m.Info(); !ok {
				t.Fatalf("unknown module %d", m)
			}
		}
		if value, _ := set.Value(); value != n {
			t.Fatalf("got %v back, want %v", value, n)
		}
	})
}
