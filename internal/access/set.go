package access

import "fmt"

// Set is a set of grants in one org: for every module and action the widest scope that any grant gives. It is a value,
// compared with ==, and stored as it is in roles.grants.
//
// Bit (module-1)*3 + (action-1) means at least OWN; the same bit 32 places higher means ALL. ALL always includes the
// lower bit, so the union of sets is their bitwise or, and an action never gets the scope of another one.
type Set uint64

const (
	actionsPerModule = 3
	allShift         = 32
)

// Grant is one entry of a set as people read it: a module, the actions in it, and the scope of their rows.
type Grant struct {
	Module  Module
	Actions []Action
	Scope   Scope
}

// Owner is the set of an org's owner: every action of every module, on all rows.
var Owner = ownerSet()

func ownerSet() Set {
	var s Set
	for _, info := range modules {
		for _, a := range info.Actions {
			s = s.with(info.Module, a, All)
		}
	}
	return s
}

// Grantable is the widest set that a role can hold.
func Grantable() Set {
	var s Set
	for _, info := range modules {
		if !info.Grantable {
			continue
		}
		for _, a := range info.Actions {
			s = s.with(info.Module, a, All)
		}
	}
	return s
}

func bit(m Module, a Action) Set {
	if m < Creators || int(m) > len(modules) || a < View || a > Export {
		return 0
	}
	return 1 << ((uint(m)-1)*actionsPerModule + uint(a) - 1)
}

func (s Set) with(m Module, a Action, scope Scope) Set {
	b := bit(m, a)
	switch scope {
	case All:
		return s | b | b<<allShift
	case Own:
		return s | b
	default:
		return s
	}
}

// Scope returns the scope in which the set allows the action in the module: None when it is not granted at all.
func (s Set) Scope(m Module, a Action) Scope {
	b := bit(m, a)
	switch {
	case b == 0 || s&b == 0:
		return None
	case s&(b<<allShift) != 0:
		return All
	default:
		return Own
	}
}

// Allows reports whether the action is granted in the module, in any scope.
func (s Set) Allows(m Module, a Action) bool { return s.Scope(m, a) != None }

// Holds reports whether anything is granted in the module.
func (s Set) Holds(m Module) bool { return s&ModuleBits(m) != 0 }

// ModuleBits returns the bits that are set in every Set that grants something in the module: a stored set holds the
// module when it shares a bit with this one.
func ModuleBits(m Module) Set { return bit(m, View) | bit(m, Edit) | bit(m, Export) }

// Union returns the set of everything that is in either of the two sets.
func (s Set) Union(t Set) Set { return s | t }

// Actions returns the set with the same actions in the same modules, each in the narrowest scope.
func (s Set) Actions() Set { return s & (1<<allShift - 1) }

// Within reports whether the other set has everything of this one, in the same scope or a wider one.
func (s Set) Within(t Set) bool { return s&^t == 0 }

// Modules returns the modules in which something is granted, in the order of the left navigation.
func (s Set) Modules() []Module {
	held := []Module{}
	for _, info := range modules {
		if s.Holds(info.Module) {
			held = append(held, info.Module)
		}
	}
	return held
}

// Grants returns the set as entries, one for each module and scope, wide before narrow, in the order of the left
// navigation.
func (s Set) Grants() []Grant {
	grants := []Grant{}
	for _, info := range modules {
		for _, scope := range []Scope{All, Own} {
			g := Grant{Module: info.Module, Scope: scope}
			for _, a := range info.Actions {
				if s.Scope(info.Module, a) == scope {
					g.Actions = append(g.Actions, a)
				}
			}
			if len(g.Actions) > 0 {
				grants = append(grants, g)
			}
		}
	}
	return grants
}

// InvalidGrantError is returned for a grant that a role can't have.
type InvalidGrantError struct {
	// Index of the grant in the list.
	Index int
	Module
	// NotGrantable is set for a module that is the owner's alone, and for one that does not exist.
	NotGrantable bool
	// Action that opens nothing in the module; zero when the action is not what is wrong.
	Action
	// Scope that the module does not have; None when the scope is not what is wrong.
	Scope Scope
}

// Error implements error.
func (e *InvalidGrantError) Error() string {
	return fmt.Sprintf("grant %d of %s can't be given", e.Index, e.Module.String())
}

// WholeBits returns the bits that mean "at least OWN", and the distance from each of them to the bit that means "ALL".
// A stored set has no scope but ALL if the two halves are equal.
func WholeBits() (least uint64, shift uint) { return 1<<allShift - 1, allShift }

// SetOf returns the union of grants. EDIT and EXPORT include VIEW in their own scope. A grant without actions, of a
// module that is not grantable, or with an action or a scope that the table of modules does not have is an
// *InvalidGrantError.
func SetOf(grants []Grant) (Set, error) {
	var s Set
	for i, g := range grants {
		info, ok := g.Module.Info()
		if !ok || !info.Grantable {
			return 0, &InvalidGrantError{Index: i, Module: g.Module, NotGrantable: true}
		}
		if !info.Knows(g.Scope) || len(g.Actions) == 0 {
			return 0, &InvalidGrantError{Index: i, Module: g.Module, Scope: g.Scope}
		}
		for _, a := range g.Actions {
			if !info.Holds(a) {
				return 0, &InvalidGrantError{Index: i, Module: g.Module, Action: a}
			}
			s = s.with(g.Module, a, g.Scope).with(g.Module, View, g.Scope)
		}
	}
	return s, nil
}
