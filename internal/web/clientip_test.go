package web_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"deputy/internal/web"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	const proxies = "10.0.0.0/8, 192.0.2.1 fd00::/8"
	for _, test := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "203.0.113.5:1234", nil, "203.0.113.5"},
		{"a stranger's header", "203.0.113.5:1234", []string{"1.2.3.4"}, "203.0.113.5"},
		{"a proxy without the header", "10.0.0.1:1", nil, "10.0.0.1"},
		{"one hop", "10.0.0.1:1", []string{"203.0.113.5"}, "203.0.113.5"},
		{"invented hops on the left", "10.0.0.1:1", []string{"1.1.1.1, 10.9.9.9, 203.0.113.5"}, "203.0.113.5"},
		{"two proxies", "10.0.0.1:1", []string{"1.1.1.1, 203.0.113.5, 192.0.2.1"}, "203.0.113.5"},
		{"two headers", "10.0.0.1:1", []string{"203.0.113.5", "10.0.0.2"}, "203.0.113.5"},
		{"proxies alone", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"port", "10.0.0.1:1", []string{"203.0.113.5:443"}, "203.0.113.5"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 with brackets", "[fd00::1]:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with a port", "[fd00::1]:1", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 with a zone", "[fd00::1%eth0]:1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"IPv4 inside IPv6", "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.5"}, "203.0.113.5"},
		{"junk", "10.0.0.1:1", []string{"203.0.113.5, unknown"}, "10.0.0.1"},
		{"junk behind a proxy", "10.0.0.1:1", []string{"unknown, 10.0.0.2"}, "10.0.0.2"},
		{"empty hops", "10.0.0.1:1", []string{"203.0.113.5,,"}, "10.0.0.1"},
		{"spaces", "10.0.0.1:1", []string{" \t203.0.113.5 "}, "203.0.113.5"},
		{"a long hop", "10.0.0.1:1", []string{strings.Repeat("1", 10_000)}, "10.0.0.1"},
		{"many hops", "10.0.0.1:1", []string{strings.Repeat("10.0.0.1,", 5_000) + "10.0.0.2"}, "10.0.0.1"},
		{"no address", "@", []string{"203.0.113.5"}, ""},
	} {
		r := &http.Request{RemoteAddr: test.remote, Header: http.Header{"X-Forwarded-For": test.forwarded}}
		if got := trusting(t, proxies).ClientIP(r); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestParseProxies(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"x", "10.0.0.0/33", "10.0.0.0/8;", "::ffff:10.0.0.0/104", "10.0.0/8", "*"} {
		if p, err := web.ParseProxies(bad); err == nil {
			t.Errorf("%q is %v", bad, p)
		}
	}
	if p, err := web.ParseProxies(" , "); err != nil || len(p) != 0 {
		t.Errorf("%v %v", p, err)
	}
	p := trusting(t, "10.1.2.3/8,::ffff:192.0.2.1\t2001:db8::/32")
	for addr, want := range map[string]bool{
		"10.255.0.1": true, "11.0.0.1": false, "192.0.2.1": true, "192.0.2.2": false,
		"2001:db8::5": true,
	} {
		if p.Contains(netip.MustParseAddr(addr)) != want {
			t.Errorf("%s: %v", addr, !want)
		}
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"203.0.113.5":            "203.0.113.0/24",
		"::ffff:203.0.113.5":     "203.0.113.0/24",
		"203.0.113.5:80":         "203.0.113.0/24",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1::/48",
		"[2001:db8:1:ffff::]:80": "2001:db8:1::/48",
		"fe80::1%eth0":           "fe80::/48",
		"":                       "unknown",
		"x":                      "unknown",
	} {
		if got := web.Network(ip); got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
	}
}

func FuzzClientIP(f *testing.F) {
	f.Add("10.0.0.1:1", "203.0.113.5", "")
	f.Add("[::1]:1", "[2001:db8::1]:443, 10.0.0.1", "1.2.3.4:5, unknown")
	f.Add("@", ",", "::ffff:1.2.3.4%x")
	proxies, err := web.ParseProxies("10.0.0.0/8 ::1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, remote, first, second string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {first, second}}}
		ip := proxies.ClientIP(r)
		peer := web.Proxies(nil).ClientIP(r)
		if (ip == "") != (peer == "") {
			t.Fatalf("client %q of the connection %q", ip, peer)
		}
		if web.Network(ip) == "" {
			t.Fatalf("%q has no network", ip)
		}
		if ip == "" {
			return
		}
		addr, err := netip.ParseAddr(ip)
		if err != nil || addr.Is4In6() || addr.Zone() != "" {
			t.Fatalf("%q is no plain address: %v", ip, err)
		}
		if !proxies.Contains(netip.MustParseAddr(peer)) && ip != peer {
			t.Fatalf("a stranger at %s is taken for %s", peer, ip)
		}
		// What a stranger writes further left never matters.
		r.Header["X-Forwarded-For"] = []string{"198.51.100.77," + first, second}
		if again := proxies.ClientIP(r); again != ip && !proxies.Contains(addr) {
			t.Fatalf("%q became %q", ip, again)
		}
	})
}
