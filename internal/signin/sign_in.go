package signin

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/knownnetwork"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Password is an e-mail address and its password.
type Password struct{ Email, Password string }

// SignIn is a proof of identity: exactly one of the two.
type SignIn struct {
	Code     *Code
	Password *Password
}

// SignIn begins a session and returns its token and the new viewer. Anyone may call it. The first sign-in with a code
// creates the account. It refuses with INVALID, SIGN_IN_FAILED or TOO_MANY_ATTEMPTS, and as Check does; the response
// and the work are the same whether or not the account exists.
func (s *Service) SignIn(
	ctx context.Context, v *viewer.Viewer, in SignIn,
) (token string, signedIn *viewer.Viewer, err error) {
	switch {
	case in.Code != nil && in.Password == nil:
		token, signedIn, err = s.byCode(ctx, v, *in.Code)
	case in.Password != nil && in.Code == nil:
		token, signedIn, err = s.byPassword(ctx, v, *in.Password)
	default:
		err = fault.New(fault.Invalid, oneWay).At("input")
	}
	return token, signedIn, s.refused(ctx, v, "signIn", err)
}

func (s *Service) byCode(ctx context.Context, v *viewer.Viewer, c Code) (string, *viewer.Viewer, error) {
	checked, err := s.Check(ctx, v, send.SignIn, "", c)
	if err != nil {
		return "", nil, err
	}
	return s.enter(ctx, v, func(ctx context.Context, tx *store.Tx) (*ent.Account, error) {
		if err := s.Spend(ctx, tx, checked); err != nil {
			return nil, err
		}
		return s.Account(ctx, tx, checked.Destination)
	})
}

func (s *Service) byPassword(ctx context.Context, v *viewer.Viewer, p Password) (string, *viewer.Viewer, error) {
	email, err := contact.ParseEmail(p.Email)
	if err != nil {
		return "", nil, inputPath(err, "input", "password", "email")
	}
	if err := s.attempt(ctx, v); err != nil {
		return "", nil, err
	}
	tries, err := s.tries(email, v.Network)
	if err != nil {
		return "", nil, err
	}
	if ok, err := s.take(ctx, tries); err != nil {
		return "", nil, err
	} else if !ok {
		return "", nil, fault.New(fault.TooManyAttempts, tooManyTries).At(fieldPassword...)
	}
	known, rehashed, err := s.verify(ctx, email, p.Password)
	if err != nil {
		return "", nil, err
	}
	token, signedIn, err := s.enter(ctx, v, func(ctx context.Context, tx *store.Tx) (*ent.Account, error) {
		return s.unchanged(ctx, tx, known, rehashed)
	})
	if err != nil {
		return "", nil, err
	}
	if err := s.reset(ctx, tries); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "forget wrong passwords", slog.String("error", err.Error()))
	}
	return token, signedIn, nil
}

// verify returns the account if the password is right, and a new hash when the stored one was computed with less work.
func (s *Service) verify(ctx context.Context, email, password string) (known *ent.Account, rehashed string, err error) {
	known, err = s.Store.Client.Account.Query().Where(account.Email(email)).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, "", fmt.Errorf("read account: %w", err)
	}
	form, err := opaque(password)
	if err != nil { // there is no such account
		return nil, "", failed()
	}
	var hash *string
	if known != nil {
		hash = known.PasswordHash
	}
	right, stale, err := s.Hasher.Verify(ctx, hash, form)
	if err != nil {
		return nil, "", fmt.Errorf("check password: %w", err)
	}
	if !right {
		return nil, "", failed()
	}
	if stale {
		if rehashed, err = s.Hasher.Hash(ctx, form); err != nil {
			return nil, "", fmt.Errorf("check password: %w", err)
		}
	}
	return known, rehashed, nil
}

// unchanged locks the account and returns it, unless its password was changed after it was verified: that change has
// ended the other sessions, so this one must not begin.
func (s *Service) unchanged(
	ctx context.Context, tx *store.Tx, known *ent.Account, rehashed string,
) (*ent.Account, error) {
	find := tx.Account.Query().Where(account.ID(known.ID))
	store.Lock(tx, find)
	now, err := find.Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	if now.PasswordHash == nil || *now.PasswordHash != *known.PasswordHash {
		return nil, failed()
	}
	if rehashed != "" {
		if err := tx.Account.UpdateOneID(now.ID).SetPasswordHash(rehashed).Exec(ctx); err != nil {
			return nil, fmt.Errorf("write password hash: %w", err)
		}
	}
	return now, nil
}

func failed() error { return fault.New(fault.SignInFailed, signInFailed).At(fieldPassword...) }

// enter begins a session of the account that prove returns, in one transaction with prove, the known network and the
// audit event.
func (s *Service) enter(
	ctx context.Context, v *viewer.Viewer, prove func(context.Context, *store.Tx) (*ent.Account, error),
) (string, *viewer.Viewer, error) {
	token, err := s.token()
	if err != nil {
		return "", nil, err
	}
	var (
		signedIn *viewer.Viewer
		begun    time.Time
	)
	err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		proved, err := prove(ctx, tx)
		if err != nil {
			return err
		}
		one, over, err := s.begin(ctx, tx, v, proved.ID, token)
		if err != nil {
			return err
		}
		begun = one.CreatedAt
		if err := s.remember(ctx, tx, proved.ID, v.Network, begun); err != nil {
			return err
		}
		nobody := &viewer.Viewer{Origin: v.Origin, AccountID: proved.ID, Label: label(proved), SessionID: one.ID}
		if signedIn, err = nobody.Reload(ctx, tx.Client, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, signedIn, "signIn", nil, ended(proved.ID, over)...)
	})
	if err != nil {
		return "", nil, fmt.Errorf("sign in: %w", err)
	}
	s.noteSignIn(ctx, signedIn, begun)
	return token, signedIn, nil
}

// remember stores that the account signed in from the network.
func (s *Service) remember(ctx context.Context, tx *store.Tx, accountID, network string, at time.Time) error {
	if network == "" {
		return nil
	}
	err := tx.KnownNetwork.Create().SetAccountID(accountID).SetNetwork(network).SetLastAt(at).
		OnConflictColumns(knownnetwork.FieldAccountID, knownnetwork.FieldNetwork).
		Update(func(u *ent.KnownNetworkUpsert) { u.SetLastAt(at) }).Exec(ctx)
	if err != nil {
		return fmt.Errorf("remember network: %w", err)
	}
	return nil
}
