package signin_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func TestWhereCodesGo(t *testing.T) {
	t.Parallel()
	d := open(t, storetest.Open(t, dialect.SQLite))
	both := phone("13800000001")
	both.Email = email("a@example.com").Email
	for name, test := range map[string]struct {
		err   error
		field string
	}{
		"nothing": {second(d.SendCode(t.Context(), from("203.0.113.7"), phone(""), send.SignIn)), "input.to.phone"},
		"both":    {second(d.SendCode(t.Context(), from("203.0.113.7"), both, send.SignIn)), "input.to"},
		"no phone": {
			second(d.SendCode(t.Context(), from("203.0.113.7"), phone("12345"), send.SignIn)),
			"input.to.phone",
		},
		"other country": {
			second(d.SendCode(t.Context(), from("203.0.113.7"), phone("+447400123456"), send.SignIn)),
			"input.to.phone",
		},
		"no address": {
			second(d.SendCode(t.Context(), from("203.0.113.7"), email("a@"), send.SetPassword)),
			"input.to.email",
		},
		"sign in by": {
			second(d.SendCode(t.Context(), from("203.0.113.7"), email("a@example.com"), send.SignIn)),
			"input.to.email",
		},
		"password of": {
			second(d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SetPassword)),
			"input.to.phone",
		},
		"bind is not it": {
			second(d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.Bind)),
			"input.purpose",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, test.err, fault.Invalid, test.field)
		})
	}
	d.Countries = []string{"CN", "GB"}
	_, err := d.SendCode(t.Context(), from("203.0.113.7"), phone("+447400123456"), send.SignIn)
	must(t, err)
}

func second[T any](_ T, err error) error { return err }

func TestPauseBetweenCodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx, v := t.Context(), from("203.0.113.7")
		sent, err := d.SendCode(ctx, v, phone("13800000001"), send.SignIn)
		must(t, err)
		if sent.ExpiresIn != 5*time.Minute || sent.ResendIn != time.Minute || len(d.code(sent.Flow)) != 6 {
			t.Fatalf("sent %+v", sent)
		}
		d.clock.pass(59 * time.Second)
		_, err = d.SendCode(ctx, from("198.51.100.1"), phone("+86 138 0000 0001"), send.SignIn)
		refuses(t, err, fault.CodeTooSoon, "input.to.phone")
		number, err := d.Destination(phone("13800000001"))
		must(t, err)
		_, err = d.SendBindCode(ctx, v, "org", "星河传媒", number) // another purpose
		must(t, err)
		_, err = d.SendCode(ctx, v, phone("13800000002"), send.SignIn) // another destination
		must(t, err)
		d.clock.pass(time.Second)
		_, err = d.SendCode(ctx, v, phone("13800000001"), send.SignIn)
		must(t, err)
	})
}

// day asks for codes until it is refused, and tells how many were sent.
func (d *desk) day(ip, number string) (sent int) {
	d.t.Helper()
	for {
		d.clock.pass(time.Minute)
		_, err := d.SendCode(d.t.Context(), from(ip), phone(number), send.SignIn)
		if err != nil {
			refuses(d.t, err, fault.TooManyAttempts, "input.to.phone")
			return sent
		}
		sent++
	}
}

// A stranger gets three codes a day for a number, whether somebody has it or not, all strangers five, of which a second
// and a third one leave two to those who have had none, and the person the other five.
func TestCodesADay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.enter(from("203.0.113.7"), "13800000001")
		d.clock.pass(24 * time.Hour)
		for i, number := range []string{"13800000001", "13800000002"} {
			stranger := "198.51." + strconv.Itoa(i) + "."
			if sent := d.day(stranger+"1", number); sent != 3 {
				t.Fatalf("%d codes for a stranger", sent)
			}
			if sent := d.day(stranger+"2", number); sent != 0 {
				t.Fatalf("%d codes for a stranger of the same network", sent)
			}
			if sent := d.day("192.0.2.1", number); sent != 1 {
				t.Fatalf("%d codes for a second stranger", sent)
			}
			if sent := d.day("2001:db8:"+strconv.Itoa(i)+"::1", number); sent != 1 {
				t.Fatalf("%d codes for a third stranger", sent)
			}
			if sent := d.day("203.0.114.1", number); sent != 0 {
				t.Fatalf("%d codes for a fourth stranger", sent)
			}
		}
		if sent := d.day("203.0.113.99", "13800000001"); sent != 5 { // the same network
			t.Fatalf("%d codes for the person after the stranger's", sent)
		}
		d.clock.pass(24 * time.Hour)
		if sent := d.day("203.0.113.7", "13800000001"); sent != 10 {
			t.Fatalf("%d codes for the person alone", sent)
		}
		d.clock.pass(31 * 24 * time.Hour)
		if sent := d.day("203.0.113.7", "13800000001"); sent != 3 {
			t.Fatalf("%d codes for a network that was not used for a month", sent)
		}
	})
}

// TestAStrangerLocksNobodyOut: four codes from one unknown network, for any purpose, leave some for the number's owner
// on other new networks.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		for _, number := range []string{"13800000001", "13800000002"} {
			for range 4 {
				d.clock.pass(61 * time.Second)
				_, _ = d.SendCode(t.Context(), from("198.51.100.1"), phone(number), send.SignIn)
			}
			for _, network := range []string{"203.0.113.7", "2001:db8:7::1"} {
				d.clock.pass(61 * time.Second)
				if _, err := d.SendCode(t.Context(), from(network), phone(number), send.SignIn); err != nil {
					t.Errorf("%s from %s: %v", number, network, err)
				}
			}
			if number == "13800000001" {
				d.clock.pass(24 * time.Hour)
				d.enter(from("203.0.113.7"), number)
				d.clock.pass(24 * time.Hour)
			}
		}
	})
}

// TestTwoStrangersLockNobodyOut: whatever two unknown networks ask for, in turns, one after the other, and for two
// purposes at the same instant at two servers, leaves a code for the number's owner on a new network.
func TestTwoStrangersLockNobodyOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		for number, turns := range map[string][]int{
			"13800000001": {0, 1, 0, 1, 0, 1, 0, 1},
			"13800000002": {0, 0, 0, 0, 1, 1, 1, 1}, "13800000003": {1, 0, 0, 0, 0, 1, 1, 1},
		} {
			sent := 0
			for _, network := range turns {
				d.clock.pass(61 * time.Second)
				if _, err := d.SendCode(t.Context(), from([]string{"198.51.100.1", "192.0.2.1"}[network]), phone(number),
					send.SignIn); err == nil {
					sent++
				}
			}
			d.clock.pass(61 * time.Second)
			if _, err := d.SendCode(t.Context(), from("203.0.113.7"), phone(number), send.SignIn); err != nil || sent < 3 {
				t.Errorf("after %d codes by turns %v: %v", sent, turns, err)
			}
		}
	})
	t.Run("two servers", func(t *testing.T) {
		t.Parallel()
		url := storetest.URL(t, dialect.Postgres)
		desks := []*desk{open(t, storetest.Connect(t, url)), open(t, storetest.Connect(t, url))}
		to, err := desks[0].Destination(phone("13800000001"))
		must(t, err)
		for range 4 {
			for _, network := range []string{"198.51.100.1", "192.0.2.1"} {
				for _, d := range desks {
					d.clock.pass(61 * time.Second)
				}
				count(4, func(i int) error {
					if i < 2 {
						_, err := desks[i%2].SendCode(t.Context(), from(network), phone("13800000001"), send.SignIn)
						return err
					}
					_, err := desks[i%2].SendBindCode(t.Context(), from(network), "org", "星河传媒", to)
					return err
				})
			}
		}
		for _, d := range desks {
			d.clock.pass(61 * time.Second)
		}
		_, err = desks[0].SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SignIn)
		must(t, err)
	})
}

// What a stranger is refused does not begin a pause for the person.
func TestRefusedCodeCostsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.enter(from("203.0.113.7"), "13800000001")
		d.day("198.51.100.1", "13800000001")
		_, err := d.SendCode(t.Context(), from("198.51.100.1"), phone("13800000001"), send.SignIn)
		refuses(t, err, fault.TooManyAttempts, "input.to.phone")
		_, err = d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SignIn)
		must(t, err)
	})
}

func TestCodesAnHour(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Limits.SendsPerHourPerIP, d.Limits.SendsPerHour = 3, 5
		ask := func(ip string, i int) error {
			_, err := d.SendCode(t.Context(), from(ip), phone("138000000"+strconv.Itoa(10+i)), send.SignIn)
			return err
		}
		limited := func(err error, retryAfter int) {
			t.Helper()
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.RateLimited || f.Extra["retryAfter"] != retryAfter {
				t.Fatalf("got %v, want RATE_LIMITED and %d s", err, retryAfter)
			}
		}
		for i := range 3 {
			must(t, ask("2001:db8:1:"+strconv.Itoa(i)+"::1", i)) // one /48
		}
		d.clock.pass(10 * time.Minute)
		limited(ask("2001:db8:1:ffff::1", 3), 3000)
		must(t, ask("203.0.113.7", 3))
		must(t, ask("203.0.113.8", 4)) // another address of the network
		limited(ask("203.0.113.9", 5), 3000)
		d.clock.pass(50 * time.Minute)
		must(t, ask("2001:db8:1::1", 5))
	})
}

// A known and an unknown number are asked for with the same statements, and the same answers.
func TestSendingTellsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.enter(from("203.0.113.7"), "13800000001")
		d.clock.pass(24 * time.Hour)
		var ran [2][]string
		for i, number := range []string{"13800000001", "13800000002"} {
			for range 8 {
				d.clock.pass(20 * time.Second)
				ran[i] = append(ran[i], statements(t.Context(), func(ctx context.Context) {
					_, err := d.SendCode(ctx, from("198.51.100.1"), phone(number), send.SignIn)
					ran[i] = append(ran[i], string(codeOf(err)))
				})...)
			}
		}
		if len(ran[0]) < 8 || !slices.Equal(ran[0], ran[1]) {
			t.Fatalf("known: %q\nunknown: %q", ran[0], ran[1])
		}
	})
}

// Two servers that are asked at once send one code.
func TestSentOnceAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		got := count(30, func(int) error {
			_, err := d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SignIn)
			return err
		})
		if got["DONE"] != 1 || got[fault.CodeTooSoon] != 29 {
			t.Fatal(got)
		}
		if flows := s.Client.CodeFlow.Query().CountX(t.Context()); flows != 1 {
			t.Fatalf("%d flows", flows)
		}
	})
	t.Run("two servers", func(t *testing.T) {
		t.Parallel()
		url := storetest.URL(t, dialect.Postgres)
		desks := []*desk{open(t, storetest.Connect(t, url)), open(t, storetest.Connect(t, url))}
		got := count(30, func(i int) error {
			_, err := desks[i%2].SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SignIn)
			return err
		})
		if got["DONE"] != 1 || got[fault.CodeTooSoon] != 29 {
			t.Fatal(got)
		}
	})
}

func TestCodeLimitsOff(t *testing.T) {
	t.Parallel()
	d := open(t, storetest.Open(t, dialect.SQLite))
	d.Limits.Off, d.Limits.SendsPerHour, d.Limits.AttemptsPerHourPerIP = true, 1, 1
	for range 12 {
		sent, err := d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SignIn)
		must(t, err)
		if sent.ResendIn != 0 {
			t.Fatalf("a pause of %v", sent.ResendIn)
		}
	}
	flow := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
	for range 5 {
		refuses(t, d.guess(flow, d.wrong(flow)), fault.CodeWrong, "input.code.code")
	}
	refuses(t, d.guess(flow, d.code(flow)), fault.TooManyAttempts, "input.code.code")
}

// A code that could not be sent can be asked for again at once, and why it could not is no refusal, unless nothing is
// set up.
func TestSenderFails(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		working := d.Sender
		unreachable, err := send.NewSMTP(send.SMTPConfig{
			Host: "127.0.0.1", Port: 1, From: "deputy@example.com",
			TLS: send.NoTLS,
		})
		must(t, err)
		d.Sender = send.ByChannel{Email: unreachable}
		_, err = d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000001"), send.SignIn)
		refuses(t, err, fault.Invalid, "input.to.phone")
		_, err = d.SendCode(t.Context(), from("203.0.113.7"), email("a@example.com"), send.SetPassword)
		if _, refused := fault.Refused(err); err == nil || refused {
			t.Fatalf("got %v, want an ordinary error", err)
		}
		d.Sender = working
		d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		d.sent(from("203.0.113.7"), email("a@example.com"), send.SetPassword)
	})
}
