package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/viewer"
)

const day = 24 * time.Hour

// admit counts a code to be sent against every limit, or refuses it. takeBack ends the pause again. Refused attempts of
// others must not use up the limits of the destination's owner: the limit of the day is checked before the pause
// begins, and counted after it, when no other code for the purpose can be on its way.
func (s *Service) admit(
	ctx context.Context, v *viewer.Viewer, d Destination, purpose send.Purpose,
) (takeBack func() error, err error) {
	if s.Limits.Off {
		return func() error { return nil }, nil
	}
	if err := s.perIP(ctx, v, "codes-ip", or(s.Limits.SendsPerHourPerIP, defaultSendsPerIP)); err != nil {
		return nil, err
	}
	daily, err := s.daily(ctx, v, d)
	if err != nil {
		return nil, err
	}
	for _, w := range daily {
		if full, err := s.full(ctx, w); err != nil {
			return nil, err
		} else if full {
			return nil, fault.New(fault.TooManyAttempts, tooManyCodes).At(d.field()...)
		}
	}
	pause, err := s.window(1, codePause, "code-pause", string(purpose), d.To)
	if err != nil {
		return nil, err
	}
	if ok, err := s.take(ctx, pause); err != nil {
		return nil, err
	} else if !ok {
		return nil, fault.New(fault.CodeTooSoon, tooSoon).At(d.field()...)
	}
	takeBack = func() error { return s.reset(ctx, pause) }
	if err := s.spendDay(ctx, d, daily); err != nil {
		return nil, errors.Join(err, takeBack())
	}
	return takeBack, nil
}

// daily returns the daily limits that apply. Unknown networks, from which the destination's account did not sign in,
// share five of the ten codes, and each gets three of them, of which the second and the third leave two for networks
// that have had none; see strangers. So an attacker with one or two networks leaves one code for every other network.
func (s *Service) daily(ctx context.Context, v *viewer.Viewer, d Destination) ([]window, error) {
	known, err := s.knows(ctx, d, v.Network)
	if err != nil {
		return nil, err
	}
	total, err := s.window(codesADay, day, "codes-day", d.To)
	if err != nil || known {
		return []window{total}, err
	}
	strange, err := s.window(codesStrange, day, "codes-day-strange", d.To)
	if err != nil {
		return nil, err
	}
	network, err := s.window(codesNetwork, day, "codes-day-network", d.To, v.Network)
	if err != nil {
		return nil, err
	}
	first := network
	first.limit = 1
	again, err := s.full(ctx, first)
	return []window{network, strangers(strange, again), total}, err
}

// strangers returns the limit of all unknown networks for one of them; again reports whether it has had a code before.
func strangers(all window, again bool) window {
	if again {
		all.limit -= codesFirst
	}
	return all
}

// spendDay counts the code against the server's limit and the destination's daily limits.
func (s *Service) spendDay(ctx context.Context, d Destination, daily []window) error {
	server, err := s.window(or(s.Limits.SendsPerHour, defaultSends), time.Hour, "codes-server")
	if err != nil {
		return err
	}
	if err := s.limited(ctx, server); err != nil {
		return err
	}
	for i, w := range daily {
		n, err := s.counted(ctx, w)
		if err != nil {
			return err
		}
		if n == 0 { // a code for another purpose took the last one
			return fault.New(fault.TooManyAttempts, tooManyCodes).At(d.field()...)
		}
		// It may also have taken the network's first.
		if i == 0 && len(daily) > 1 && n > 1 && daily[1].limit == codesStrange {
			daily[1] = strangers(daily[1], true)
		}
	}
	return nil
}

const (
	knowsByPhone = `SELECT 1 FROM known_networks n JOIN accounts a ON a.id = n.account_id WHERE a.phone = $1 AND n.network = $2 AND n.last_at > $3`
	knowsByEmail = `SELECT 1 FROM known_networks n JOIN accounts a ON a.id = n.account_id WHERE a.email = $1 AND n.network = $2 AND n.last_at > $3`
)

// knows reports whether the destination's account signed in from the network within 30 days.
func (s *Service) knows(ctx context.Context, d Destination, network string) (bool, error) {
	query := knowsByEmail
	if d.Channel == send.Phone {
		query = knowsByPhone
	}
	_, known, err := bulk.One[int](ctx, s.Store.Client, query, d.To, network, s.now().Add(-networkKnown))
	if err != nil {
		return false, fmt.Errorf("read known networks: %w", err)
	}
	return known, nil
}
