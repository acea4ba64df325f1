package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"time"

	"deputy/ent/codeflow"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/send"
	"deputy/internal/viewer"
)

// Sent is the result of sending a code.
type Sent struct {
	// Flow is required together with the code.
	Flow string
	// ExpiresIn is how long the code is valid, ResendIn when the next one can be requested.
	ExpiresIn, ResendIn time.Duration
}

// SendCode sends a code for SIGN_IN to a phone number, or for SET_PASSWORD to an e-mail address, whether or not an
// account has it. Anyone may call it. It refuses with INVALID, CODE_TOO_SOON or TOO_MANY_ATTEMPTS, and returns the
// error RATE_LIMITED.
func (s *Service) SendCode(ctx context.Context, v *viewer.Viewer, to Contact, purpose send.Purpose) (Sent, error) {
	d, err := s.Destination(to)
	if err != nil {
		return Sent{}, err
	}
	switch {
	case purpose == send.SignIn && d.Channel != send.Phone:
		return Sent{}, fault.New(fault.Invalid, phoneForSignIn).At(d.field()...)
	case purpose == send.SetPassword && d.Channel != send.Email:
		return Sent{}, fault.New(fault.Invalid, emailForPassword).At(d.field()...)
	case purpose != send.SignIn && purpose != send.SetPassword:
		return Sent{}, fault.New(fault.Invalid, noSuchPurpose).At("input", "purpose")
	}
	sent, err := s.send(ctx, v, d, purpose, "", "")
	return sent, s.refused(ctx, v, "sendCode", err, slog.String("to", d.Masked()))
}

// SendBindCode sends the code that binds somebody to the org. The caller has checked the viewer's access, and records
// the event. It refuses as SendCode does.
func (s *Service) SendBindCode(
	ctx context.Context, v *viewer.Viewer, orgID, orgName string, d Destination,
) (Sent, error) {
	sent, err := s.send(ctx, v, d, send.Bind, orgID, orgName)
	return sent, s.refused(ctx, v, "sendBindCode", err, slog.String("to", d.Masked()))
}

func (s *Service) send(
	ctx context.Context, v *viewer.Viewer, d Destination, purpose send.Purpose, orgID, orgName string,
) (Sent, error) {
	takeBack, err := s.admit(ctx, v, d, purpose)
	if err != nil {
		return Sent{}, err
	}
	flow, code, err := s.flow(ctx, d, purpose, orgID)
	if err == nil {
		err = s.Sender.Send(ctx, send.Code{
			Flow: flow, To: d.To, Channel: d.Channel, Purpose: purpose, OrgName: orgName, Code: code, Expires: codeLife,
			Lang: v.Lang,
		})
		if _, known := fault.CodeOf(err); err != nil && !known { // the gateway is unavailable, not the database
			err = &fault.Error{Code: fault.Internal, Cause: err}
		}
	}
	if err != nil {
		if undo := takeBack(); undo != nil {
			s.Log.LogAttrs(ctx, slog.LevelWarn, "end pause after a code that was not sent", slog.String("error", undo.Error()))
		}
		return Sent{}, inputPath(fmt.Errorf("send code: %w", err), d.field()...)
	}
	return Sent{Flow: flow, ExpiresIn: codeLife, ResendIn: s.pause()}, nil
}

// flow creates a flow and its code.
func (s *Service) flow(
	ctx context.Context, d Destination, purpose send.Purpose, orgID string,
) (flow, code string, err error) {
	number, err := rand.Int(s.Random, big.NewInt(1_000_000))
	if err != nil {
		return "", "", fmt.Errorf("make code: %w", err)
	}
	if flow, err = s.flowID(); err != nil {
		return "", "", err
	}
	code = fmt.Sprintf("%06d", number)
	hash, err := s.mac(forCodes, flow, code)
	if err != nil {
		return "", "", err
	}
	now := s.now()
	create := s.Store.Client.CodeFlow.Create().SetID(flow).SetPurpose(codeflow.Purpose(purpose)).SetDestination(d.To).
		SetCodeHash(hash).SetCreatedAt(now).SetExpiresAt(now.Add(codeLife))
	if orgID != "" {
		create.SetOrgID(orgID)
	}
	if err := create.Exec(ctx); err != nil {
		return "", "", fmt.Errorf("keep code: %w", err)
	}
	return flow, code, nil
}

// flowID returns an id of 100 random bits, where other ids have 45 bits of time.
func (s *Service) flowID() (string, error) {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	body := make([]byte, id.Len-len(id.Flow)-1)
	if _, err := io.ReadFull(s.Random, body); err != nil {
		return "", fmt.Errorf("make flow: %w", err)
	}
	for i, b := range body {
		body[i] = alphabet[b&31]
	}
	return string(id.Flow) + "_" + string(body), nil
}

func (s *Service) pause() time.Duration {
	if s.Limits.Off {
		return 0
	}
	return codePause
}
