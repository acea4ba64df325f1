package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the networks of the trusted reverse proxies in front of the server.
type Proxies []netip.Prefix

// ParseProxies reads addresses and CIDR ranges, separated by commas or spaces, such as "127.0.0.1, 10.0.0.0/8,
// fd00::/8". An empty text returns none. Ranges of IPv4 must be written as IPv4, not inside ::ffff:0:0/96.
func ParseProxies(text string) (Proxies, error) {
	var proxies Proxies
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		prefix, err := parsePrefix(field)
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q: %w", field, err)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("neither an address nor a range: %w", err)
		}
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("neither an address nor a range: %w", err)
	}
	if prefix.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("write the range as IPv4")
	}
	return prefix.Masked(), nil
}

// Contains reports whether the address is that of a trusted proxy.
func (p Proxies) Contains(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func (p Proxies) trustPeer(r *http.Request) bool {
	peer, ok := parseHop(r.RemoteAddr)
	return ok && p.Contains(peer)
}

// ClientIP returns the client's address: that of the connection, unless the peer is a trusted proxy. Then
// X-Forwarded-For is read from the right, where that proxy wrote, to the left as long as the hops are trusted: the
// first one that is not trusted is the client. Entries further left may be forged. At an entry that is not an address,
// the hop before it is the client. IPv4 inside IPv6 becomes IPv4; ports and zones are removed. ClientIP is empty when
// the connection has no address.
func (p Proxies) ClientIP(r *http.Request) string {
	client, ok := parseHop(r.RemoteAddr)
	if !ok {
		return ""
	}
	hops := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for p.Contains(client) && hops != "" {
		var last string
		if comma := strings.LastIndexByte(hops, ','); comma >= 0 {
			hops, last = hops[:comma], hops[comma+1:]
		} else {
			hops, last = "", hops
		}
		next, ok := parseHop(strings.Trim(last, " \t"))
		if !ok {
			break
		}
		client = next
	}
	return client.String()
}

// parseHop reads an address with or without a port, IPv6 with or without brackets.
func parseHop(text string) (netip.Addr, bool) {
	if len(text) > 100 { // no address is that long, not even with a zone
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		var withPort netip.AddrPort
		if withPort, err = netip.ParseAddrPort(text); err == nil {
			addr = withPort.Addr()
		} else if len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']' {
			addr, err = netip.ParseAddr(text[1 : len(text)-1])
		}
	}
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

// The lengths of a network, in bits. An IPv6 client commonly has 2^64 addresses and can easily get a /48, so throttles
// by anything narrower would be useless.
const (
	network4 = 24
	network6 = 48
)

// Network returns the network of an address, for throttles: its /24 for IPv4, its /48 for IPv6. A text that is not an
// address returns "unknown", so that it is counted too.
func Network(ip string) string {
	addr, ok := parseHop(ip)
	if !ok {
		return "unknown"
	}
	bits := network6
	if addr.Is4() {
		bits = network4
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}
