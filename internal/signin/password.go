package signin

import (
	"context"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"deputy/ent"
	"deputy/ent/codeflow"
	"deputy/ent/predicate"
	"deputy/ent/session"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// The length of a password, in characters.
const (
	minPassword = 10
	maxPassword = 128
)

// opaque returns the normalized password that is hashed, so that it does not depend on the keyboard; see the package
// comment.
func opaque(password string) (string, error) {
	if password == "" || len(password) > 16*maxPassword { // enough for every encoding of 128 characters
		return "", fault.New(fault.Invalid, passwordLength)
	}
	form, err := precis.OpaqueString.String(password)
	if err != nil || !utf8.ValidString(password) {
		return "", fault.New(fault.Invalid, passwordCharacters)
	}
	if n := utf8.RuneCountInString(form); n < minPassword || n > maxPassword {
		return "", fault.New(fault.Invalid, passwordLength)
	}
	return form, nil
}

// SetPassword sets the password of the account of the e-mail address that the code was sent to, creates the account if
// necessary, and ends the account's other sessions. Anyone with the code may call it. It refuses with INVALID at
// input.password, and as Check does.
func (s *Service) SetPassword(ctx context.Context, v *viewer.Viewer, c Code, password string) (*ent.Account, error) {
	account, err := s.setPassword(ctx, v, c, password)
	return account, s.refused(ctx, v, "setPassword", err)
}

func (s *Service) setPassword(ctx context.Context, v *viewer.Viewer, c Code, password string) (*ent.Account, error) {
	form, err := opaque(password)
	if err != nil {
		return nil, inputPath(err, fieldPassword...)
	}
	checked, err := s.Check(ctx, v, send.SetPassword, "", c)
	if err != nil {
		return nil, err
	}
	hash, err := s.Hasher.Hash(ctx, form)
	if err != nil {
		return nil, fmt.Errorf("set password: %w", err)
	}
	accountID := ""
	err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// The account is locked first, so that two codes of one account, which invalidate each other, are used one after the
		// other.
		owner, err := s.Account(ctx, tx, checked.Destination)
		if err != nil {
			return err
		}
		if err := s.Spend(ctx, tx, checked); err != nil {
			return err
		}
		if err := s.endCodes(ctx, tx, owner); err != nil {
			return err
		}
		accountID = owner.ID
		return s.replacePassword(ctx, tx, v, owner, hash)
	})
	if err != nil {
		return nil, fmt.Errorf("set password: %w", err)
	}
	tries, err := s.tries(checked.Destination.To, v.Network)
	if err == nil {
		err = s.reset(ctx, tries) // after a reset of the password, sign-in is possible at once
	}
	if err != nil {
		return nil, err
	}
	account, err := s.Store.Client.Account.Get(ctx, accountID)
	return account, reading("account", err)
}

// endCodes ends every code that was sent to the account's phone number or e-mail address so far, for any purpose, so
// that codes from before the change are worthless. A change of a contact must call it too.
func (s *Service) endCodes(ctx context.Context, tx *store.Tx, owner *ent.Account) error {
	var to []string
	for _, contact := range []*string{owner.Phone, owner.Email} {
		if contact != nil {
			to = append(to, *contact)
		}
	}
	err := tx.CodeFlow.Update().Where(codeflow.DestinationIn(to...), codeflow.UsedAtIsNil()).SetUsedAt(s.now()).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end codes: %w", err)
	}
	return nil
}

// replacePassword writes the hash, ends the account's sessions except the one of the request, and records the event.
// The holder of the code is the actor, signed in or not.
func (s *Service) replacePassword(
	ctx context.Context, tx *store.Tx, v *viewer.Viewer, owner *ent.Account, hash string,
) error {
	if err := tx.Account.UpdateOneID(owner.ID).SetPasswordHash(hash).SetHasPassword(true).Exec(ctx); err != nil {
		return fmt.Errorf("write password hash: %w", err)
	}
	others := []predicate.Session{session.AccountID(owner.ID)}
	actor := &viewer.Viewer{Origin: v.Origin, AccountID: owner.ID, Label: label(owner)}
	if v.AccountID == owner.ID && v.SessionID != "" {
		others = append(others, session.IDNEQ(v.SessionID))
		actor.SessionID = v.SessionID
	}
	live, err := tx.Session.Query().Where(append(others, s.Live()...)...).Order(session.ByCreatedAt(),
		session.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read other sessions: %w", err)
	}
	if _, err := tx.Session.Delete().Where(others...).Exec(ctx); err != nil {
		return fmt.Errorf("end other sessions: %w", err)
	}
	has := func(b bool) []audit.Value { return []audit.Value{audit.Flag("hasPassword", b)} }
	return s.record(ctx, tx, actor, "setPassword", audit.Changed(has(owner.HasPassword), has(true)),
		ended(owner.ID, live)...)
}

// tries returns the limit on wrong passwords of one address from one network.
func (s *Service) tries(email, network string) (window, error) {
	return s.window(passwordTries, passwordPause, "password", email, network)
}
