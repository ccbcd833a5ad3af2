package webhook

import (
	"net/http"
	"testing"
	"time"
)

func TestNoProxyStandsBetween(t *testing.T) {
	t.Parallel()
	if client(Options{Timeout: time.Second}, false).Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy from the environment would be told everything")
	}
}

// A name that is taken for this computer's may lead to another.
func TestPlainHTTPReachesThisComputerOnly(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "127.1.2.3:80": true, "[::ffff:127.0.0.1]:80": true, "10.0.0.1:80": false, "192.0.2.1:80": false, "[2001:db8::1]:80": false, "x": false,
	} {
		if err := onlyLoopback("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	res, err := client(Options{Timeout: time.Second}, true).Get("http://192.0.2.1/")
	if err == nil {
		_ = res.Body.Close()
		t.Error("it was reached")
	}
}
