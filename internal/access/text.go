package access

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
)

// moduleNames are the names of the modules by their numbers; there is no module 0.
var moduleNames = func() []string {
	names := []string{""}
	for _, info := range modules {
		names = append(names, info.Code)
	}
	return names
}()

// String returns the module's name in the schema, such as SUB_ACCOUNTS.
func (m Module) String() string { return nameOf(moduleNames, int(m)) }

// String returns the action's name in the schema, such as VIEW.
func (a Action) String() string { return nameOf(actionNames[:], int(a)) }

// String returns the scope's name in the schema, such as ALL.
func (s Scope) String() string { return nameOf(scopeNames[:], int(s)) }

// ParseModule returns the module of that name in the schema.
func ParseModule(name string) (Module, error) { return parse[Module](moduleNames, name, "module") }

// MarshalGQL writes the module as an enum value.
func (m Module) MarshalGQL(w io.Writer) { write(w, m.String()) }

// MarshalGQL writes the action as an enum value.
func (a Action) MarshalGQL(w io.Writer) { write(w, a.String()) }

// MarshalGQL writes the scope as an enum value.
func (s Scope) MarshalGQL(w io.Writer) { write(w, s.String()) }

// UnmarshalGQL reads an enum value; anything but the name of a module is an error.
func (m *Module) UnmarshalGQL(v any) (err error) {
	*m, err = parse[Module](moduleNames, v, "module")
	return err
}

// UnmarshalGQL reads an enum value; anything but the name of an action is an error.
func (a *Action) UnmarshalGQL(v any) (err error) {
	*a, err = parse[Action](actionNames[:], v, "action")
	return err
}

// UnmarshalGQL reads an enum value; anything but the name of a scope is an error.
func (s *Scope) UnmarshalGQL(v any) (err error) {
	*s, err = parse[Scope](scopeNames[:], v, "scope")
	return err
}

// Value stores the set as a signed 64-bit integer.
func (s Set) Value() (driver.Value, error) { return int64(s), nil } //nolint:gosec // at most bit 52 is ever set

// Scan reads a stored set. Bits that no module has are an error, never a permission.
func (s *Set) Scan(v any) error {
	n, ok := v.(int64)
	if !ok || n < 0 {
		return fmt.Errorf("read grants: %T is not a set", v)
	}
	set := Set(n)
	if !set.Within(Owner) {
		return fmt.Errorf("read grants: unknown bits")
	}
	*s = set
	return nil
}

func nameOf(names []string, i int) string {
	if i <= 0 && names[0] == "" || i >= len(names) {
		return "UNKNOWN"
	}
	return names[i]
}

func parse[T ~uint8](names []string, v any, what string) (T, error) {
	name, _ := v.(string)
	for i, known := range names {
		if i > 0 && name == known {
			return T(i), nil
		}
	}
	return 0, fmt.Errorf("not a %s", what)
}

func write(w io.Writer, name string) { _, _ = io.WriteString(w, strconv.Quote(name)) }
