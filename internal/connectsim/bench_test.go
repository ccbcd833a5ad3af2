package connectsim_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"

	"wrapup/internal/connectsim"
)

// BenchmarkDescribeSDK is one DescribeContactFlow through the SDK over loopback.
func BenchmarkDescribeSDK(b *testing.B) {
	w := serve(b, "demo", connectsim.Options{})
	c := w.lenient(east)
	in := &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: aws.String(named(b, c, first, "Main line"))}
	for b.Loop() {
		if _, err := c.DescribeContactFlow(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "describes/s")
}

// BenchmarkStart is a new simulator with the demo data, ready to answer.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if err := connectsim.New(connectsim.Options{}).Seed("demo"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory holds 5,000 flows of 20 kB and reports the heap. Content is as full of quotes as a flow is.
func BenchmarkMemory(b *testing.B) {
	const flows, size = 5_000, 20_000
	block := `{"Parameters":{"Text":"Thank you for calling. Please hold the line."},"Identifier":"Say thanks","Type":"MessageParticipant","Transitions":{"NextAction":"End"}},`
	content := strings.Repeat(block, size/len(block)+1)[:size]
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := connectsim.New(connectsim.Options{})
		in := connectsim.InstanceInfo{Alias: "big", ID: first, Region: east, Account: "111122223333"}
		for i := range flows {
			s.PutFlow(in, connectsim.SeedFlow{Name: "Line " + strings.Repeat("i", i%50) + string(rune(0x4e00+i)), Published: content})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "heap-MB")
		runtime.KeepAlive(s)
	}
}

// BenchmarkDescribeHandler is the handler alone, without a network.
func BenchmarkDescribeHandler(b *testing.B) {
	w := serve(b, "demo", connectsim.Options{})
	id := named(b, w.lenient(east), first, "Main line")
	r := httptest.NewRequest(http.MethodGet, "/contact-flows/"+first+"/"+id, nil)
	r.Header.Set("Authorization", scope("AKIAANYKEY", east, "connect"))
	for b.Loop() {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != 200 {
			b.Fatal(rec.Code)
		}
		b.SetBytes(int64(rec.Body.Len()))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "describes/s")
}

// BenchmarkDescribeWire is a whole exchange over loopback by a client that does as little as it can, both on one core.
func BenchmarkDescribeWire(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	w := serve(b, "demo", connectsim.Options{})
	id := named(b, w.lenient(east), first, "Main line")
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	req := []byte("GET /contact-flows/" + first + "/" + id + " HTTP/1.1\r\nHost: h\r\nAuthorization: " + scope("AKIAANYKEY", east, "connect") + "\r\n\r\n")
	in := bufio.NewReader(conn)
	for b.Loop() {
		if _, err := conn.Write(req); err != nil {
			b.Fatal(err)
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "describes/s")
}
