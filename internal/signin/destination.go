package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/store"
)

// Contact is a phone number or an e-mail address as entered: exactly one of the two.
type Contact struct{ Phone, Email *string }

// Destination is where a code goes: a contact in its canonical form. Destinations of one person are equal.
type Destination struct {
	Channel send.Channel
	// To is a phone number in E.164 or an e-mail address.
	To string
}

// Destination returns the canonical form of a contact. It refuses with INVALID at input.to, input.to.phone or
// input.to.email.
func (s *Service) Destination(c Contact) (Destination, error) {
	switch {
	case c.Phone != nil && c.Email == nil:
		phone, err := contact.ParsePhone(*c.Phone, s.Countries)
		if err != nil {
			return Destination{}, inputPath(err, "input", "to", "phone")
		}
		return Destination{send.Phone, phone}, nil
	case c.Email != nil && c.Phone == nil:
		email, err := contact.ParseEmail(*c.Email)
		if err != nil {
			return Destination{}, inputPath(err, "input", "to", "email")
		}
		return Destination{send.Email, email}, nil
	default:
		return Destination{}, fault.New(fault.Invalid, oneContact).At("input", "to")
	}
}

// Phone returns the phone number, nil when it is an e-mail address.
func (d Destination) Phone() *string { return d.inputField(send.Phone) }

// Email returns the e-mail address, nil when it is a phone number.
func (d Destination) Email() *string { return d.inputField(send.Email) }

// Masked returns the destination as others may see it.
func (d Destination) Masked() string {
	if d.Channel == send.Phone {
		return contact.MaskPhone(d.To)
	}
	return contact.MaskEmail(d.To)
}

func (d Destination) inputField(channel send.Channel) *string {
	if d.Channel != channel {
		return nil
	}
	return &d.To
}

// field returns the path of the destination's input.
func (d Destination) field() []string {
	if d.Channel == send.Phone {
		return []string{"input", "to", "phone"}
	}
	return []string{"input", "to", "email"}
}

// Account returns the account of the destination, and creates it if necessary. The caller must have verified a code
// that was sent to the destination. The row is locked until the transaction ends, so that limits per account can be
// counted.
func (s *Service) Account(ctx context.Context, tx *store.Tx, d Destination) (*ent.Account, error) {
	return LockAccount(ctx, tx, d, s.now())
}

// PublicColumns returns the columns of an account except the password's hash, which the role of requests cannot read.
func PublicColumns() []string {
	return slices.DeleteFunc(slices.Clone(account.Columns),
		func(name string) bool { return name == account.FieldPasswordHash })
}

// LockAccount returns the account of the destination, locked until the transaction ends; it creates the account, with
// the given time, if necessary. Two transactions that create it at the same time get the same account.
func LockAccount(ctx context.Context, tx *store.Tx, d Destination, at time.Time) (*ent.Account, error) {
	find := tx.Account.Query().Where(account.Email(d.To))
	unique := account.FieldEmail
	if d.Channel == send.Phone {
		find, unique = tx.Account.Query().Where(account.Phone(d.To)), account.FieldPhone
	}
	find.Select(PublicColumns()...)
	store.Lock(tx, find)
	found, err := find.Clone().Only(ctx)
	if !ent.IsNotFound(err) {
		return found, reading("account", err)
	}
	err = tx.Account.Create().SetNillablePhone(d.Phone()).SetNillableEmail(d.Email()).SetCreatedAt(at).
		OnConflictColumns(unique).DoNothing().Exec(ctx)
	if err != nil && !isNothing(err) { // otherwise another transaction has created it, and it can be read
		return nil, fmt.Errorf("make account: %w", err)
	}
	found, err = find.Only(ctx)
	return found, reading("account", err)
}

// label returns the name of an account without one: its contact, masked.
func label(a *ent.Account) string {
	if a.Phone != nil {
		return contact.MaskPhone(*a.Phone)
	}
	if a.Email != nil {
		return contact.MaskEmail(*a.Email)
	}
	return contact.MaskEmail("")
}

// inputPath sets the input's path on a refusal.
func inputPath(err error, field ...string) error {
	var refusal *fault.Error
	if errors.As(err, &refusal) {
		return refusal.At(field...)
	}
	return err
}

func reading(what string, err error) error {
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}
