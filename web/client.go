package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"wrapup/internal/reqctx"
)

// clientAddress finds who is asking: the connection's other end or, where that is a trusted proxy, the last address in X-Forwarded-For that is
// none. Nothing is known of who stands before an entry that is no address.
func clientAddress(proxies []string) (wrap, error) {
	trusted := make([]netip.Prefix, len(proxies))
	for i, p := range proxies {
		var err error
		if trusted[i], err = netip.ParsePrefix(p); err != nil {
			return nil, fmt.Errorf("trusted proxy %q is no address range such as 10.0.0.0/8", p)
		}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var address string
			if a := client(r, trusted); a.IsValid() {
				address = a.String()
			}
			if s, ok := r.Context().Value(seenKey{}).(*seen); ok {
				s.address = address
			}
			next.ServeHTTP(w, r.WithContext(reqctx.WithAddress(r.Context(), address)))
		})
	}, nil
}

// client is invalid where the address is not known.
func client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	proxy := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := plain(peer.Addr())
	if !proxy(at) {
		return at
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if hop = strings.TrimSpace(hop); hop == "" {
			continue
		}
		a, err := netip.ParseAddr(hop)
		if err != nil {
			return netip.Addr{}
		}
		if a = plain(a); !proxy(a) {
			return a
		}
	}
	return netip.Addr{}
}

// plain is an address without a zone, and IPv4 as IPv4: ranges match no other.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
